import { randomUUID } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { PostgresConversationStore } from '../../../src/adapters/postgres/conversation-store.js';
import { accept, newUser, openRows, type Rows, request } from '../../support/rows.js';

let rows: Rows;
let userId: string;
let conversationId: string;

beforeAll(async () => {
  rows = await openRows();
});

afterAll(async () => {
  await rows.close();
});

beforeEach(async () => {
  userId = await newUser(rows);
  conversationId = (await rows.conversations.create(userId, null)).id;
});

async function end(messageId: string, content = 'text'): Promise<void> {
  const claim = await rows.generations.claim(messageId, randomUUID(), 3000);
  if (!claim) throw new Error('not claimed');
  await rows.generations.begin(claim, 0);
  await rows.generations.finish(claim, content, { status: 'complete' });
}

test('a message and its queued answer are stored together, with seq 1, 2, 3 …', async () => {
  const first = await accept(rows, request(userId, conversationId));
  const second = await accept(rows, request(userId, conversationId));
  expect([first.ref.seq, second.ref.seq]).toEqual([1, 2]);
  expect(first.userMessage).toMatchObject({ role: 'user', content: 'What helps?', status: 'complete' });
  expect(first.answer.message).toMatchObject({
    role: 'assistant',
    content: '',
    status: 'queued',
    replyTo: first.userMessage.id,
  });
});

test('200 sends at once with one key make one message and one generation', async () => {
  const asked = request(userId, conversationId);
  const all = await Promise.all(Array.from({ length: 200 }, () => accept(rows, asked)));
  expect(new Set(all.map(({ ref }) => ref.messageId)).size).toBe(1);
  expect(all.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
  const { messages } = (await rows.conversations.history(userId, conversationId, 10)) ?? {};
  expect(messages).toHaveLength(2);
});

test('100 sends at once with different keys are numbered without a hole', async () => {
  const all = await Promise.all(
    Array.from({ length: 100 }, () => accept(rows, request(userId, conversationId))),
  );
  const seqs = all.map(({ ref }) => ref.seq).toSorted((a, b) => a - b);
  expect(seqs).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
});

test('sends at once through two processes are numbered without a hole, and one key is one message', async () => {
  // A store takes its own sends one after the other; between processes only Postgres does.
  const processes = [
    rows.conversations,
    new PostgresConversationStore(rows.database, uuidv7, 3600, 'test-model', rows.cipher),
  ];
  const once = request(userId, conversationId);
  const asked = Array.from({ length: 20 }, () => [request(userId, conversationId), once]).flat();
  const all = await Promise.all(
    asked.flatMap((one) => processes.map((conversations) => accept({ ...rows, conversations }, one))),
  );
  const seqs = new Set(all.map(({ ref }) => ref.seq));
  expect([...seqs].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
  expect(all.filter(({ duplicate }) => !duplicate)).toHaveLength(21);
});

test('the same key with another body is a mismatch and changes nothing', async () => {
  const asked = request(userId, conversationId);
  await accept(rows, asked);
  const other = { ...asked, requestHash: Buffer.from('other') };
  expect(await rows.conversations.accept(other)).toEqual({ kind: 'mismatch' });
  expect((await rows.conversations.state(userId, conversationId))?.last).toBe(1);
});

test("another user's conversation is not there", async () => {
  const stranger = await newUser(rows);
  expect(await rows.conversations.accept(request(stranger, conversationId))).toEqual({ kind: 'not_found' });
});

test('a known key is answered although the limit is reached and the queue is away', async () => {
  const asked = request(userId, conversationId);
  await accept(rows, asked);
  const again = await accept(rows, { ...asked, overLimit: true, queueAvailable: false });
  expect(again.duplicate).toBe(true);
  const more = request(userId, conversationId, { overLimit: true });
  expect(await rows.conversations.accept(more)).toEqual({ kind: 'rate_limited' });
  const unqueued = request(userId, conversationId, { queueAvailable: false });
  expect(await rows.conversations.accept(unqueued)).toEqual({ kind: 'unavailable' });
});

test('whenBusy: reject refuses, interrupt flags all that run and wait', async () => {
  const first = await accept(rows, request(userId, conversationId));
  const second = await accept(rows, request(userId, conversationId));
  const operation = { kind: 'send', text: 'now', whenBusy: 'reject' } as const;
  expect(await rows.conversations.accept(request(userId, conversationId, { operation }))).toEqual({
    kind: 'busy',
  });
  const third = await accept(
    rows,
    request(userId, conversationId, { operation: { ...operation, whenBusy: 'interrupt' } }),
  );
  expect(third.interrupted.map(({ messageId }) => messageId)).toEqual([
    first.ref.messageId,
    second.ref.messageId,
  ]);
  expect(await rows.generations.claim(first.ref.messageId, randomUUID(), 3000)).toMatchObject({
    stopRequested: true,
  });
});

test('a regenerate answers the same user message anew; later prompts take the newest answer', async () => {
  const first = await accept(rows, request(userId, conversationId));
  await end(first.ref.messageId, 'old answer');
  const again = await accept(
    rows,
    request(userId, conversationId, { operation: { kind: 'regenerate', messageId: first.ref.messageId } }),
  );
  expect(again.userMessage.id).toBe(first.userMessage.id);
  expect(await rows.generations.turns(again.ref, 1000)).toEqual([{ role: 'user', text: 'What helps?' }]);
  await end(again.ref.messageId, 'new answer');
  const next = await accept(rows, request(userId, conversationId));
  expect(await rows.generations.turns(next.ref, 1000)).toEqual([
    { role: 'user', text: 'What helps?' },
    { role: 'assistant', text: 'new answer' },
    { role: 'user', text: 'What helps?' },
  ]);
});

test('only an answer of this conversation can be regenerated', async () => {
  const { userMessage } = await accept(rows, request(userId, conversationId));
  const regenerate = (messageId: string) =>
    rows.conversations.accept(
      request(userId, conversationId, { operation: { kind: 'regenerate', messageId } }),
    );
  expect(await regenerate(userMessage.id)).toEqual({ kind: 'not_an_answer' });
  expect(await regenerate(randomUUID())).toEqual({ kind: 'not_found' });
});

test('the database refuses a hole in seq, a second answer and a second end', async () => {
  await accept(rows, request(userId, conversationId));
  const hole = rows.database.transaction(async (transaction) => {
    const id = randomUUID();
    await transaction('messages').insert({ id, conversation_id: conversationId, seq: 5, role: 'user' });
    await transaction('generations').insert({
      id,
      conversation_id: conversationId,
      seq: 5,
      client_message_id: 'x',
      request_hash: Buffer.from('x'),
    });
  });
  await expect(hole).rejects.toMatchObject({ code: '23503' });
  const half = rows
    .database('generations')
    .where({ conversation_id: conversationId })
    .update({ status: 'complete' });
  await expect(half).rejects.toMatchObject({ code: '23514' });
});

test('a conversation to which much is sent at once leaves connections for others', async () => {
  const other = await newUser(rows);
  const { id } = await rows.conversations.create(other, null);
  let sent: Promise<unknown> = Promise.resolve();
  await rows.database.transaction(async (busy) => {
    await busy('conversations').where({ id: conversationId }).forUpdate().first('id');
    sent = Promise.all(Array.from({ length: 30 }, () => accept(rows, request(userId, conversationId))));
    expect(await rows.conversations.find(other, id)).toMatchObject({ id });
  });
  await sent;
});

test('a conversation without a title gets the first words of its first message, and keeps them', async () => {
  const titleOf = async (id: string) => (await rows.conversations.find(userId, id))?.title;
  const send = (id: string, text: string) =>
    accept(rows, request(userId, id, { operation: { kind: 'send', text, whenBusy: 'queue' } }));
  await send(conversationId, 'What helps\nagainst a cold?');
  await send(conversationId, 'And against a cough?');
  expect(await titleOf(conversationId)).toBe('What helps against a cold?');

  const named = (await rows.conversations.create(userId, 'My own title')).id;
  await send(named, 'What helps?');
  expect(await titleOf(named)).toBe('My own title');
});

test('an answer says from the first moment that a model makes it, and which; a user message does not', async () => {
  const asked = request(userId, conversationId);
  const generatedBy = { ai: true, model: 'test-model' };
  for (const { answer, userMessage } of [await accept(rows, asked), await accept(rows, asked)]) {
    expect(answer.message).toMatchObject({ status: 'queued', generatedBy });
    expect(userMessage).not.toHaveProperty('generatedBy');
  }
});
