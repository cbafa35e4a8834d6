import type { RoomPorts } from '../../../src/gateway/rooms.js';
import { Subscriptions } from '../../../src/gateway/subscription.js';
import { PAGE_BYTES, type Read } from '../../../src/generation/generation-log.js';
import { SocketSink } from '../../../src/transports/websocket/socket-sink.js';
import { LocalNotifier } from '../../doubles/local-notifier.js';
import { ManualClock } from '../../doubles/manual-clock.js';
import { startTestApp } from '../../support/app.js';
import { Person } from '../../support/client.js';
import { TestSocket } from '../../support/socket.js';
import { openSocketPair } from '../../support/socket-pair.js';

/** Lets all that is ready run. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Far more than the buffers of two sockets hold. */
const MOST_PAGES = 2000;

/** A log that always has one more page, and counts how many were taken. */
class EndlessLog {
  pages = 0;

  async *read(): AsyncGenerator<Read> {
    for (;;) {
      this.pages++;
      if (this.pages > MOST_PAGES) throw new Error('pages are taken that nobody reads');
      const position = this.pages * PAGE_BYTES;
      yield { kind: 'text', text: 'x'.repeat(PAGE_BYTES), cursor: { seq: 1, attempt: 1, position } };
    }
  }
}

function portsOf(log: EndlessLog, onFailure: () => void): RoomPorts {
  const view = {
    ref: { conversationId: 'c', messageId: 'm', seq: 1 },
    attempts: [],
    stopRequested: false,
    userMessage: { attachments: [] },
  };
  const reader = { find: async () => ({ kind: 'found', view }), pending: async () => [] };
  const clock = new ManualClock();
  return { log, reader, notifier: new LocalNotifier(), clock, onFailure } as unknown as RoomPorts;
}

test('a client that reads nothing costs little: no page is read for which it has no room', async () => {
  const { socket, client, tcp, close } = await openSocketPair();
  client.pause();

  const log = new EndlessLog();
  const fail = jest.fn();
  const subscription = new Subscriptions(portsOf(log, fail)).subscribe({
    conversationId: 'c',
    start: { cursor: { seq: 1, attempt: 0, position: 1 }, seq: 1 },
    sink: new SocketSink(socket, tcp),
  });
  for (let idle = 0, pages = 0; idle < 2000; idle = pages === log.pages ? idle + 1 : 0) {
    pages = log.pages;
    await turn();
  }
  expect(socket.bufferedAmount).toBeGreaterThan(0);
  expect(socket.bufferedAmount).toBeLessThan(2 * PAGE_BYTES);

  const taken = log.pages;
  client.resume();
  while (log.pages < taken + 100) await turn();
  subscription.cancel();
  await close();
  expect(fail).not.toHaveBeenCalled();
});

test('a client that stops reading for a while has missed nothing', async () => {
  const app = await startTestApp();
  const person = await Person.register(app.url);
  const conversation = await person.newConversation();
  const socket = await TestSocket.open(person, conversation);
  await socket.next('ready');
  socket.ws.pause();
  const text = '€'.repeat(32_000);
  for (let sent = 1; sent < 10; sent++) await person.send(conversation, text);
  await person.chat(conversation, text);
  socket.ws.resume();
  for (let seen = 1; seen <= 10; seen++) {
    const { cursor, messageId, message } = await socket.next('done');
    expect(cursor.startsWith(`${seen}.`)).toBe(true);
    expect(socket.transcript.textOf(messageId) === message.content).toBe(true);
  }
  expect(socket.frames.some(({ type }) => type === 'reset')).toBe(false);
  await socket.close();
  await app.stop();
});
