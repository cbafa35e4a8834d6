import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RoomPorts } from '../../../src/gateway/rooms.js';
import { Subscriptions } from '../../../src/gateway/subscription.js';
import { PAGE_BYTES, type Read } from '../../../src/generation/generation-log.js';
import { HIGH_WATER, SendBuffer } from '../../../src/transports/socketio/send-buffer.js';
import { type SocketIoOptions, serveSocketIo } from '../../../src/transports/socketio/serve-socketio.js';
import { LocalNotifier } from '../../doubles/local-notifier.js';
import { ManualClock } from '../../doubles/manual-clock.js';
import { startOllamaDouble } from '../../doubles/ollama/server.js';
import { startTestApp } from '../../support/app.js';
import { Person } from '../../support/client.js';
import { SILENT } from '../../support/silent-log.js';
import { Client } from './client.js';

/** Lets all that is ready run. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** The client's end of the connection. */
function webSocketOf({ socket }: Client): { pause(): void; resume(): void } {
  return (socket.io.engine as unknown as { transport: { ws: { pause(): void; resume(): void } } }).transport
    .ws;
}

/** A log that always has one more page, and counts how many were taken. */
class EndlessLog {
  pages = 0;
  readers = 0;

  async *read(): AsyncGenerator<Read> {
    this.readers++;
    try {
      for (;;) {
        this.pages++;
        const position = this.pages * PAGE_BYTES;
        yield { kind: 'text', text: 'x'.repeat(PAGE_BYTES), cursor: { seq: 1, attempt: 1, position } };
      }
    } finally {
      this.readers--;
    }
  }

  /** Resolves when nobody has taken a page for long. */
  async atRest(): Promise<void> {
    for (let idle = 0, pages = 0; idle < 2000; idle = pages === this.pages ? idle + 1 : 0) {
      pages = this.pages;
      await turn();
    }
  }
}

const ID = '00000000-0000-7000-8000-000000000001';

/** The transport over an answer without an end. */
async function serveEndless(log: EndlessLog, clock: ManualClock) {
  const ref = { conversationId: ID, messageId: 'm', seq: 1 };
  const view = { ref, attempts: [], stopRequested: false, userMessage: { attachments: [] } };
  const server: Server = createServer();
  const options = {
    identity: {
      of: async () => ({ userId: 'u', expiresAt: new Date() }),
      addressOf: () => '127.0.0.1',
    },
    commands: { follow: (_: unknown, __: unknown, act: () => unknown) => act() },
    streams: {
      draining: false,
      requireRoom: () => {},
      open: () => ({ signal: new AbortController().signal, close: () => {} }),
    },
    start: { store: { state: async () => ({ last: 1, open: { ref, attempts: [] } }) }, log },
    subscriptions: new Subscriptions({
      log,
      clock,
      reader: { find: async () => ({ kind: 'found', view }), pending: async () => [] },
      notifier: new LocalNotifier(),
    } as unknown as RoomPorts),
    clock,
    corsOrigins: [],
    logger: SILENT,
    slowMs: 60_000,
  } as unknown as SocketIoOptions;
  const socketIo = serveSocketIo(server, options);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await socketIo.stop();
      await closed;
    },
  };
}

describe('a client that reads nothing', () => {
  let log: EndlessLog;
  let clock: ManualClock;
  let client: Client;
  let stop: () => Promise<void>;

  beforeEach(async () => {
    log = new EndlessLog();
    clock = new ManualClock();
    const served = await serveEndless(log, clock);
    stop = () => served.stop();
    client = new Client(served.url, { auth: { token: 'any' } });
    await client.ask('leave', { conversationId: ID });
    webSocketOf(client).pause();
    client.socket.emit('join', { conversationId: ID });
    await log.atRest();
  });

  afterEach(async () => {
    client.close();
    await stop();
  });

  it('costs a frame or two: no page is taken that it has no room for', async () => {
    const taken = log.pages;
    expect(taken).toBeGreaterThan(0);
    // What the kernel holds for it, and no more.
    expect(taken * PAGE_BYTES).toBeLessThan(32 * 1_048_576);
    webSocketOf(client).resume();
    while (log.pages < taken + 100) await turn();
    expect(client.frames.filter(({ type }) => type === 'reset')).toHaveLength(1);
  });

  it('is closed when it has not drained for a minute', async () => {
    clock.advance(59_999);
    await turn();
    expect(log.readers).toBe(1);
    const ended = client.ended();
    clock.advance(1);
    while (log.readers > 0) await turn();
    webSocketOf(client).resume();
    // So it comes back by itself.
    expect(await ended).toMatch(/^transport (close|error)$/);
  });
});

test('a socket in the room that stops reading holds nobody up, costs little, and then has missed nothing', async () => {
  const room = jest.spyOn(SendBuffer.prototype, 'drained');
  const ollama = await startOllamaDouble();
  const app = await startTestApp({ LLM_PROVIDER: 'ollama', OLLAMA_HOST: ollama.url });
  const person = await Person.register(app.url);
  const conversationId = await person.newConversation();
  const [reads, stalls] = [
    await Client.joined(person, conversationId),
    await Client.joined(person, conversationId),
  ];
  webSocketOf(stalls).pause();
  // More than the kernel holds for it, in few exchanges: a client that is silent for half a minute is closed.
  const answers = 5;
  for (let sent = 1; sent <= answers; sent++) {
    ollama.script({ text: Array.from({ length: 40 }, () => `${sent}${'€'.repeat(8000)}`) });
    const { id } = await person.chat(conversationId, 'much, please');
    await reads.when(() => reads.frames.find((frame) => frame.type === 'done' && frame.messageId === id));
  }
  const waiting = room.mock.contexts.map((sendBuffer) => (sendBuffer as SendBuffer).waiting);
  expect(Math.max(...waiting)).toBeGreaterThan(0);
  expect(Math.max(...waiting)).toBeLessThan(HIGH_WATER + PAGE_BYTES);

  webSocketOf(stalls).resume();
  const dones = () => stalls.frames.filter((frame) => frame.type === 'done');
  await stalls.when(() => dones().length === answers || undefined);
  for (const { messageId, message } of dones()) {
    expect(stalls.transcript(conversationId).textOf(messageId) === message.content).toBe(true);
  }
  const cursors = (client: Client) =>
    new Set(client.frames.map((frame) => 'cursor' in frame && frame.cursor));
  expect(stalls.frames.some(({ type }) => type === 'reset')).toBe(false);
  expect(cursors(stalls).size).toBe(stalls.frames.length);

  // In the room again.
  const { id } = await person.chat(conversationId, 'and now?');
  await stalls.when(() => dones().find(({ messageId }) => messageId === id));
  reads.close();
  stalls.close();
  await app.stop();
  await ollama.stop();
  room.mockRestore();
});
