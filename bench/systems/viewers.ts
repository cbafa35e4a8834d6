import { once } from 'node:events';
import { type ClientRequest, get } from 'node:http';
import { join } from 'node:path';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { Person } from '../../test/support/client.js';
import type { GatewayFactory } from './gateway.js';
import { startProcess } from './process.js';
import type { Transport } from './system.js';

/** A server with connected viewers who only read. */
export interface Viewed {
  readonly name: string;
  readonly pid: number;
  /** Connects a viewer. `onFrame` is called with the size of what arrived. */
  connect(onFrame: () => void): Promise<void>;
  /** Lets frames flow to all viewers. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Our gateway: all viewers watch the conversations of one sender; `shared` puts all of them into one conversation. */
export async function viewedGateway(
  ours: GatewayFactory,
  transport: Transport,
  viewers: number,
  shared: boolean,
): Promise<Viewed> {
  const system = await ours.start();
  const tokens = await system.tokens(shared ? 1 : viewers);
  const ends: (() => void)[] = [];
  let conversation: string | undefined;
  let next = 0;
  return {
    name: 'ours',
    pid: system.pids['gateway'] ?? 0,
    connect: async (onFrame) => {
      const token = tokens[shared ? 0 : next++] ?? '';
      const person = new Person(system.url, token);
      const id = shared ? (conversation ??= await person.newConversation()) : await person.newConversation();
      ends.push(
        await watch(
          transport,
          system.url,
          `/api/conversations/${id}/stream`,
          `/ws/conversations/${id}`,
          onFrame,
          { token, id },
        ),
      );
    },
    start: async () => {
      const person = new Person(system.url, tokens[0] ?? '');
      await person.send(conversation ?? '', 'What helps?');
    },
    stop: async () => {
      for (const end of ends) end();
      await system.stop();
    },
  };
}

/** A bare server of `peers/broadcast.ts`. */
export async function viewedPeer(transport: Transport): Promise<Viewed> {
  const kind = { websocket: 'ws', socketio: 'socketio', sse: 'sse' }[transport];
  const server = await startProcess(['--import', 'tsx', join(import.meta.dirname, 'peers/broadcast.ts')], {
    cwd: process.cwd(),
    env: { KIND: kind },
    readyMessage: 'ready',
  });
  const url = `http://127.0.0.1:${String(server.ready['port'])}`;
  const ends: (() => void)[] = [];
  return {
    name: 'bare',
    pid: server.pid,
    connect: async (onFrame) => {
      ends.push(await watch(transport, url, '/', '/', onFrame));
    },
    start: async () => void (await fetch(`${url}/start`)),
    stop: async () => {
      for (const end of ends) end();
      await server.stop();
    },
  };
}

async function watch(
  transport: Transport,
  url: string,
  ssePath: string,
  wsPath: string,
  onFrame: () => void,
  auth?: { token: string; id: string },
): Promise<() => void> {
  const headers = auth ? { Authorization: `Bearer ${auth.token}` } : {};
  switch (transport) {
    case 'sse': {
      const request: ClientRequest = get(url + ssePath, { headers, agent: false });
      const [response] = await once(request, 'response');
      response.on('data', onFrame);
      return () => request.destroy();
    }
    case 'websocket': {
      const socket = new WebSocket(url.replace('http', 'ws') + wsPath, { headers, perMessageDeflate: false });
      await once(socket, 'open');
      socket.on('message', onFrame).on('error', () => {});
      return () => socket.terminate();
    }
    case 'socketio': {
      const socket = io(url, {
        ...(auth && { auth: { token: auth.token } }),
        transports: ['websocket'],
        forceNew: true,
        reconnection: false,
      });
      await new Promise<void>((resolve, reject) =>
        socket.once('connect', resolve).once('connect_error', reject),
      );
      socket.on('chunk', onFrame);
      if (auth) await socket.emitWithAck('join', { conversationId: auth.id });
      return () => void socket.disconnect();
    }
  }
}
