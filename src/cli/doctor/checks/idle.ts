import type { Check, UserContext } from '../check.js';
import { openEventStream } from '../event-stream.js';
import { type Finding, fail, ok } from '../finding.js';
import { bearer } from '../session.js';
import { connectSocketIo, PACKET } from '../socket-io.js';
import { type MessageSocket, openWebSocket } from '../web-socket.js';

/** An open connection with heartbeats alone. */
interface HeldConnection {
  /** Resolves with how it ended, if it ends. */
  readonly cut: Promise<string>;
  end(): void;
}

type Opener = (context: UserContext) => Promise<HeldConnection | undefined>;

/** Holds an idle connection of each kind open, to see whether a proxy cuts it. */
export const idle: Check<UserContext> = {
  about: 'idle',
  async run(context) {
    if (context.idleMs === 0) return [];
    const results = await Promise.all(
      Object.entries(OPENERS).map(([name, hold]) => watch(name, context, hold)),
    );
    const cut = results.filter((finding) => typeof finding === 'object');
    if (cut.length > 0) return cut;
    const names = results.filter((name) => typeof name === 'string').join(', ');
    if (names === '') return [];
    return [ok('idle', `open for ${context.idleMs / 1000} s without a word: ${names}`)];
  },
};

/** A finding if it was cut, its name if it stayed open, undefined if it could not be opened. */
async function watch(
  name: string,
  context: UserContext,
  hold: Opener,
): Promise<Finding | string | undefined> {
  const began = performance.now();
  const held = await hold(context).catch(() => undefined);
  // Other checks say why it does not open.
  if (!held) return undefined;
  const patience = new AbortController();
  const stayed = new Promise<undefined>((resolve) => {
    const leftMs = context.idleMs - (performance.now() - began);
    const timer = setTimeout(() => resolve(undefined), leftMs);
    patience.signal.addEventListener('abort', () => clearTimeout(timer));
  });
  const how = await Promise.race([held.cut, stayed]);
  patience.abort();
  held.end();
  if (how === undefined) return name;
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const finding = `${name} was cut after ${seconds} s without a word (${how}); heartbeats come every 15 s`;
  return fail('idle', finding, context.gateway.advice('idle'));
}

const OPENERS: Readonly<Record<string, Opener>> = {
  async SSE({ gateway, token, idleConversationId, idleMs }) {
    const stream = await openEventStream(gateway, `/api/conversations/${idleConversationId}/stream`, {
      headers: bearer(token),
      timeoutMs: idleMs,
    });
    if (stream.status !== 200) return undefined;
    void drain(stream.events());
    return { cut: stream.ended.then((code) => code ?? 'ended'), end: () => stream.close() };
  },

  async WebSocket({ gateway, token, idleConversationId }) {
    const opened = await openWebSocket(gateway, `/ws/conversations/${idleConversationId}`, bearer(token));
    return opened.kind === 'open' ? heldBy(opened.socket) : undefined;
  },

  async 'Socket.IO'({ gateway, token }) {
    const connected = await connectSocketIo(gateway, token);
    if (connected.kind !== 'connected') return undefined;
    const { socket } = connected;
    socket.ws.on('message', (data: Buffer) => {
      if (data.toString() === PACKET.ping) socket.ws.send(PACKET.pong);
    });
    return heldBy(socket);
  },
};

function heldBy(socket: MessageSocket): HeldConnection {
  return { cut: socket.closed.then(({ code }) => `close code ${code}`), end: () => socket.end() };
}

async function drain(events: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of events);
}
