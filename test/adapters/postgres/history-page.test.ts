import type { MessageKey } from '../../../src/conversation/conversation-store.js';
import { accept, newUser, openRows, type Rows, request } from '../../support/rows.js';

let rows: Rows;
let userId: string;
let conversationId: string;

beforeEach(async () => {
  rows = await openRows();
  userId = await newUser(rows);
  conversationId = (await rows.conversations.create(userId, null)).id;
  for (let sent = 0; sent < 12; sent++) await accept(rows, request(userId, conversationId));
});

afterEach(() => rows.close());

/** Pages from the newest to the oldest message: the keys of each. */
async function pages(limit: number): Promise<MessageKey[][]> {
  const all: MessageKey[][] = [];
  for (let before: MessageKey | undefined; ; ) {
    const page = await rows.conversations.history(userId, conversationId, limit, before);
    const keys = page?.messages.map(({ key }) => key) ?? [];
    all.push(keys);
    if (!page?.more) return all;
    [before] = keys;
  }
}

/** Makes the first questions `bytes` long, in characters of four bytes. The answers have no text. */
async function fill(bytes: number, questions = 12): Promise<void> {
  await rows
    .database('messages')
    .where({ role: 'user' })
    .where('seq', '<=', questions)
    .update({ content: '🩺'.repeat(bytes / 4) });
}

test('a page of messages ends before it has more than 4 MiB of text, and the pages together have every message once', async () => {
  await fill(1_000_000);
  const all = await pages(100);
  // Four questions with their answers, and the answer of the next question: it has no text.
  expect(all.map(({ length }) => length)).toEqual([9, 8, 7]);
  const keys = all.toReversed().flat();
  expect(keys.map(({ seq, role }) => `${seq}.${role}`)).toEqual(
    Array.from({ length: 12 }, (_, index) => [`${index + 1}.user`, `${index + 1}.assistant`]).flat(),
  );
});

test('a message that has more than that alone is a page with nothing else that has text', async () => {
  await fill(6_000_000, 2);
  const all = await pages(100);
  expect(all.flat()).toHaveLength(24);
  const large = ({ role, seq }: MessageKey): boolean => role === 'user' && seq <= 2;
  expect(all.map((page) => page.filter(large).length).filter((count) => count > 0)).toEqual([1, 1]);
});

test('small messages fill a page to its limit', async () => {
  expect((await pages(20)).map(({ length }) => length)).toEqual([20, 4]);
});
