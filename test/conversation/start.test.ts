import { randomUUID } from 'node:crypto';
import type { StoredMessage } from '../../src/conversation/conversation-store.js';
import { resolveStart, type StartPorts } from '../../src/conversation/start.js';
import type { Snapshot } from '../../src/generation/generation-log.js';

const messageId = randomUUID();
const conversationId = randomUUID();
const TEXT = 'aé€🙂bcdef';
const ATTEMPTS = [
  { attempt: 1, start: 0 },
  { attempt: 3, start: 6 },
];

/** An answer, generation 4, that is being written with this log. */
function writing(snapshot: Snapshot | undefined, attempts = ATTEMPTS): StartPorts {
  const stored: StoredMessage = {
    message: {
      id: messageId,
      conversationId,
      role: 'assistant',
      content: '',
      status: 'streaming',
      attachments: [],
      createdAt: new Date(0).toISOString(),
    },
    key: { seq: 4, role: 'assistant' },
    running: { ref: { conversationId, messageId, seq: 4 }, attempts },
  };
  return {
    store: { message: async () => stored },
    log: { peek: async () => snapshot },
  } as unknown as StartPorts;
}

async function startAfter(received: number, ports = writing({ text: TEXT, attempts: ATTEMPTS })) {
  return resolveStart(ports, 'user', conversationId, { lastMessageId: messageId, received });
}

test('a place in a text that several attempts wrote is of the attempt that wrote what is before it', async () => {
  expect(await startAfter(3)).toMatchObject({ cursor: { seq: 4, attempt: 1, position: 6 } });
  expect(await startAfter(5)).toMatchObject({ cursor: { seq: 4, attempt: 3, position: 10 } });
  expect(await startAfter(10)).toMatchObject({ cursor: { seq: 4, attempt: 3, position: 15 } });
});

test('a client that has received nothing needs no reset', async () => {
  const start = await startAfter(0);
  expect(start.resetFirst).toBeUndefined();
  expect(start).toMatchObject({ cursor: { seq: 4, position: 1 } });
});

test('a log that is away tells no place: the text comes again, after a reset', async () => {
  const start = await startAfter(5, writing(undefined));
  expect(start).toMatchObject({ cursor: { seq: 4, attempt: 0, position: 1 }, resetFirst: true });
});

test('nor does one that cannot be asked', async () => {
  const ports = writing(undefined);
  ports.log.peek = () => Promise.reject(new Error('away'));
  expect(await startAfter(5, ports)).toMatchObject({ cursor: { seq: 4, position: 1 }, resetFirst: true });
});

test('of an answer that waits nothing can have been received', async () => {
  await expect(startAfter(1, writing(undefined, []))).rejects.toMatchObject({ code: 'bad_request' });
  expect((await startAfter(0, writing(undefined, []))).resetFirst).toBeUndefined();
});

test.each([4, 11])('%d units are no place in the text', async (received) => {
  await expect(startAfter(received)).rejects.toMatchObject({ code: 'bad_request' });
});
