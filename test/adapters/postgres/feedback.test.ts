import { PostgresFeedbackStore, type RatedAnswer } from '../../../src/adapters/postgres/feedback-store.js';
import type { Feedback } from '../../../src/protocol/feedback.js';
import { encryptRows } from '../../support/encryption.js';
import { accept, newUser, openRows, type Rows, request } from '../../support/rows.js';

describe.each([
  ['plain text', () => {}],
  ['encrypted text', encryptRows],
])('over %s', (_, prepare) => {
  let rows: Rows;
  let store: PostgresFeedbackStore;
  let userId: string;
  let id: string;
  let answerId: string;

  beforeAll(async () => {
    prepare();
    rows = await openRows();
    store = new PostgresFeedbackStore(rows.database, rows.cipher);
  });
  afterAll(() => rows.close());
  beforeEach(async () => {
    userId = await newUser(rows);
    ({ id } = await rows.conversations.create(userId, null));
    answerId = (await accept(rows, request(userId, id))).ref.messageId;
  });

  /** As an answer ends that has no text. */
  const end = () =>
    rows.database('generations').where({ id: answerId }).update({
      status: 'stopped',
      ended_at: rows.database.fn.now(),
      bytes: 0,
    });
  const shown = async () => (await rows.conversations.message(userId, id, answerId))?.message.feedback;

  const all = async (): Promise<RatedAnswer[]> => {
    const rated: RatedAnswer[] = [];
    for await (const one of store.since(new Date(0))) rated.push(one);
    return rated;
  };

  test('the last rating is shown with the message until it is taken back', async () => {
    await end();
    expect(await shown()).toBeUndefined();
    const worse: Feedback = { rating: 'down', reason: 'harmful', comment: 'Twice the dose!' };
    expect(await store.rate(userId, id, answerId, { rating: 'up' })).toEqual({ rating: 'up' });
    expect(await shown()).toEqual({ rating: 'up' });
    expect(await store.rate(userId, id, answerId, worse)).toEqual(worse);
    expect(await shown()).toEqual(worse);
    expect(await store.unrate(userId, id, answerId)).toBe(true);
    expect(await shown()).toBeUndefined();
    expect(await store.unrate(userId, id, answerId)).toBe(true);
  });

  test('a question, an answer that is being written, and what belongs to others cannot be rated', async () => {
    expect(await store.rate(userId, id, answerId, { rating: 'up' })).toBeUndefined();
    await end();
    const question = (await rows.conversations.message(userId, id, answerId))?.message.replyTo ?? '';
    const stranger = await newUser(rows);
    expect(await store.rate(userId, id, question, { rating: 'up' })).toBeUndefined();
    expect(await store.rate(stranger, id, answerId, { rating: 'up' })).toBeUndefined();
    expect(await store.unrate(stranger, id, answerId)).toBeUndefined();
    expect(await shown()).toBeUndefined();
  });

  test('operators get each rating of a conversation that is there, oldest first', async () => {
    await end();
    await rows.database('message_feedback').delete();
    await rows.database.raw(
      `with made as (
         insert into messages (id, conversation_id, seq, role, reply_to)
         select gen_random_uuid(), ?, n, 'assistant', (select reply_to from messages where id = ?)
         from generate_series(2, 451) n returning id, seq
       ), ended as (
         insert into generations (id, conversation_id, seq, client_message_id, request_hash, status, ended_at, bytes)
         select id, ?, seq, seq::text, '', 'complete', now(), 0 from made
       )
       insert into message_feedback (id, conversation_id, rating) select id, ?, 'up' from made`,
      [id, answerId, id, id],
    );
    await store.rate(userId, id, answerId, { rating: 'down', comment: 'My own words' });
    const rated = await all();
    expect(rated).toHaveLength(451);
    expect(rated.at(-1)).toMatchObject({ messageId: answerId, rating: 'down', comment: 'My own words' });
    expect(JSON.stringify(rated)).not.toContain(userId);
    const stored = await rows.database('message_feedback').where({ id: answerId }).first('comment');
    expect(stored.comment === 'My own words').toBe(!rows.cipher.encrypts);
    await rows.conversations.remove(userId, id);
    expect(await all()).toEqual([]);
  });
});
