import type { Check, UserContext } from '../check.js';
import { openEventStream } from '../event-stream.js';
import { type Finding, fail, ok } from '../finding.js';
import { bearer } from '../session.js';
import { connectSocketIo, PACKET } from '../socket-io.js';
import { type LineSocket, openWebSocket } from '../web-socket.js';

/** A connection on which nothing happens but heartbeats. */
interface Held {
  /** Resolves with how it ended. */
  readonly cut: Promise<string>;
  end(): void;
}

type Holding = (context: UserContext) => Promise<Held | undefined>;

/** Holds a stream of each kind open and says nothing: what cuts idle connections cuts these. */
export const idle: Check<UserContext> = {
  about: 'idle',
  async run(context) {
    if (context.idleMs === 0) return [];
    const held = await Promise.all(
      Object.entries(HOLDINGS).map(([name, hold]) => watch(name, context, hold)),
    );
    const cut = held.filter((finding) => typeof finding === 'object');
    if (cut.length > 0) return cut;
    const names = held.filter((name) => typeof name === 'string').join(', ');
    if (names === '') return [];
    return [ok('idle', `open for ${context.idleMs / 1000} s without a word: ${names}`)];
  },
};

/** A finding of one that was cut, the name of one that stayed, undefined for one that could not be opened. */
async function watch(
  name: string,
  context: UserContext,
  hold: Holding,
): Promise<Finding | string | undefined> {
  const began = performance.now();
  const held = await hold(context).catch(() => undefined);
  // Why it does not open is another check's to say.
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

const HOLDINGS: Readonly<Record<string, Holding>> = {
  async SSE({ gateway, token, silentId, idleMs }) {
    const stream = await openEventStream(gateway, `/api/conversations/${silentId}/stream`, {
      headers: bearer(token),
      timeoutMs: idleMs,
    });
    if (stream.status !== 200) return undefined;
    void drain(stream.events());
    return { cut: stream.ended.then((code) => code ?? 'ended'), end: () => stream.close() };
  },

  async WebSocket({ gateway, token, silentId }) {
    const opened = await openWebSocket(gateway, `/ws/conversations/${silentId}`, bearer(token));
    return opened.kind === 'open' ? held(opened.socket) : undefined;
  },

  async 'Socket.IO'({ gateway, token }) {
    const connected = await connectSocketIo(gateway, token);
    if (connected.kind !== 'connected') return undefined;
    const { socket } = connected;
    socket.ws.on('message', (data: Buffer) => {
      if (data.toString() === PACKET.ping) socket.ws.send(PACKET.pong);
    });
    return held(socket);
  },
};

function held(socket: LineSocket): Held {
  return { cut: socket.closed.then(({ code }) => `close code ${code}`), end: () => socket.end() };
}

async function drain(events: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of events);
}
