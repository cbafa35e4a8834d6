import { randomUUID } from 'node:crypto';
import { dailyTokens } from '../../../src/adapters/postgres/daily-tokens.js';
import type { GenerationRef } from '../../../src/generation/generation-log.js';
import type { Outcome } from '../../../src/generation/outcome.js';
import { accept, claimable, newUser, openRows, type Rows, request } from '../../support/rows.js';

let rows: Rows;
let userId: string;
let conversationId: string;
const worker = randomUUID();

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

async function accepted(): Promise<GenerationRef> {
  return (await accept(rows, request(userId, conversationId))).ref;
}

async function claimed(ref: GenerationRef, by = worker) {
  const claim = await rows.generations.claim(ref.messageId, by, 60_000);
  if (!claim) throw new Error('not claimed');
  return claim;
}

async function letLeaseRunOut(ref: GenerationRef): Promise<void> {
  await rows
    .database('generations')
    .where({ id: ref.messageId })
    .update({ lease_until: rows.database.raw(`now() - interval '1 second'`) });
}

test('of many claims at once one wins, and a live lease keeps the others out', async () => {
  const ref = await accepted();
  const claims = await Promise.all(
    Array.from({ length: 20 }, () => rows.generations.claim(ref.messageId, randomUUID(), 60_000)),
  );
  expect(claims.filter(Boolean)).toHaveLength(1);
  expect(await rows.generations.claim(ref.messageId, worker, 60_000)).toBeUndefined();
});

test('a generation waits until every lower seq of its conversation has ended', async () => {
  const first = await accepted();
  const second = await accepted();
  expect(await rows.generations.claim(second.messageId, worker, 60_000)).toBeUndefined();
  const claim = await claimed(first);
  const { waiting } = await rows.generations.finish(claim, 'text', { status: 'complete' });
  expect(waiting).toBe(true);
  expect(await claimed(second)).toMatchObject({ attempt: 1, attempts: [] });
});

test('a lease that ran out lets the next attempt in, and the lower one writes nothing any more', async () => {
  const ref = await accepted();
  const old = await claimed(ref);
  expect(await rows.generations.begin(old, 0)).toBe('owned');
  await letLeaseRunOut(ref);
  const fresh = await claimed(ref, randomUUID());
  expect(fresh).toMatchObject({ attempt: 2, attempts: [{ attempt: 1, start: 0 }], failures: 1 });
  expect(await rows.generations.begin(old, 0)).toBe('taken');
  expect(await rows.generations.finish(old, 'stale', { status: 'complete' })).toMatchObject({
    ownership: 'taken',
  });
  expect(await rows.generations.ownership(fresh)).toBe('owned');
});

test('failures count while no attempt gets further, and not when a lease was given back', async () => {
  const ref = await accepted();
  await rows.generations.begin(await claimed(ref), 0);
  await letLeaseRunOut(ref);
  const second = await claimed(ref);
  expect(second.failures).toBe(1);
  await rows.generations.begin(second, 10);
  await rows.generations.release(second);
  expect((await claimed(ref)).failures).toBe(0);
});

test('one statement renews all leases of a worker and brings stop flags', async () => {
  const me = randomUUID();
  const ref = await accepted();
  await claimed(ref, me);
  await letLeaseRunOut(ref);
  await rows.conversations.requestStop(userId, conversationId);
  expect(await rows.generations.renew(me, [ref.messageId], 60_000)).toEqual([
    { messageId: ref.messageId, stopRequested: true },
  ]);
  expect(await rows.generations.claim(ref.messageId, worker, 60_000)).toBeUndefined();
});

test('the row ends once, and a finish made again after a lost reply is the same finish', async () => {
  const ref = await accepted();
  const claim = await claimed(ref);
  const outcome = {
    status: 'incomplete',
    model: 'm',
    usage: { promptTokens: 3, completionTokens: 5 },
    error: { code: 'llm_failed', message: 'it broke' },
  } as const;
  expect(await rows.generations.finish(claim, 'नमस्ते 🩺', outcome)).toEqual({
    ownership: 'owned',
    waiting: false,
  });
  expect(await rows.generations.finish(claim, 'other', { status: 'complete' })).toMatchObject({
    ownership: 'owned',
  });
  const found = await rows.reader.find(conversationId, 1);
  expect(found).toMatchObject({
    kind: 'found',
    view: {
      attempts: [{ attempt: 1, start: 0 }],
      ended: {
        bytes: Buffer.byteLength('नमस्ते 🩺'),
        message: {
          content: 'नमस्ते 🩺',
          status: 'incomplete',
          error: { code: 'llm_failed' },
          model: 'm',
          generatedBy: { ai: true, model: 'm' },
        },
      },
    },
  });
});

test('an end waits its turn behind an accept that stops the same generation', async () => {
  const ref = await accepted();
  const claim = await claimed(ref);
  const stop = { stop_requested_at: rows.database.fn.now() };
  let finished: Promise<unknown> = Promise.resolve();
  await rows.database.transaction(async (accepting) => {
    await accepting('conversations').where({ id: conversationId }).forUpdate().first('id');
    finished = rows.generations.finish(claim, 'text', { status: 'complete' });
    while (!(await somebodyWaits())) await new Promise(setImmediate);
    await accepting('generations').where({ id: ref.messageId }).update(stop);
  });
  expect(await finished).toMatchObject({ ownership: 'owned' });
});

test('a deleted conversation is gone for its worker, and says whose logs to erase', async () => {
  const ref = await accepted();
  const claim = await claimed(ref);
  expect(await rows.conversations.remove(await newUser(rows), conversationId)).toBeUndefined();
  expect(await rows.conversations.remove(userId, conversationId)).toEqual([ref]);
  expect(await rows.generations.ownership(claim)).toBe('gone');
  expect(await rows.generations.finish(claim, 'text', { status: 'complete' })).toMatchObject({
    ownership: 'gone',
  });
  expect(await rows.reader.find(conversationId, 1)).toEqual({ kind: 'gone' });
});

test('the sweeper finds what may be claimed, and ends whose log was not told', async () => {
  const first = await accepted();
  const second = await accepted();
  const ids = async () => (await claimable(rows)).map(({ messageId }) => messageId);
  expect(await ids()).toContain(first.messageId);
  expect(await ids()).not.toContain(second.messageId);
  const claim = await claimed(first);
  expect(await ids()).not.toContain(first.messageId);
  await rows.generations.finish(claim, 'text', { status: 'complete' });
  expect(await ids()).toContain(second.messageId);
  expect(await rows.generations.unclosed(0, 1000)).toContainEqual(first);
  await rows.generations.closed(first.messageId);
  expect(await rows.generations.unclosed(0, 1000)).not.toContainEqual(first);
});

test('of a long conversation the newest turns are given, and always the question', async () => {
  const said = async (text: string, answer: string) => {
    const operation = { kind: 'send', text, whenBusy: 'queue' } as const;
    const { ref } = await accept(rows, request(userId, conversationId, { operation }));
    await rows.generations.finish(await claimed(ref), answer, { status: 'complete' });
    return ref;
  };
  await said('one', 'ONE');
  await said('two', 'TWO');
  const last = await said('नमस्ते', '');
  const texts = async (bytes: number) => (await rows.generations.turns(last, bytes)).map(({ text }) => text);
  expect(await texts(1)).toEqual(['नमस्ते']);
  expect(await texts(Buffer.byteLength('नमस्ते') + 1)).toEqual(['TWO', 'नमस्ते']);
  expect(await texts(1000)).toEqual(['one', 'ONE', 'two', 'TWO', 'नमस्ते']);
});

test('pages of a long answer join to it, cut at characters', async () => {
  const ref = await accepted();
  const content = 'x' + '🩺é'.repeat(40_000);
  await rows.generations.finish(await claimed(ref), content, { status: 'complete' });
  let joined = '';
  for (let page = ''; ; joined += page) {
    page = await rows.reader.page(ref.messageId, Buffer.byteLength(joined));
    expect(Buffer.byteLength(page)).toBeLessThanOrEqual(65_536);
    expect(page).not.toContain('\uFFFD');
    if (page === '') break;
  }
  expect(joined).toBe(content);
});

test('glances of many readers are answered together', async () => {
  const ref = await accepted();
  const gone = randomUUID();
  const [here, same, there] = await Promise.all([
    rows.reader.progress(conversationId),
    rows.reader.progress(conversationId),
    rows.reader.progress(gone),
  ]);
  expect(here).toEqual({ kind: 'there', last: 1, open: ref.seq });
  expect(same).toEqual(here);
  expect(there).toEqual({ kind: 'gone' });
});

/** Whether a statement in this database waits for a lock. */
async function somebodyWaits(): Promise<boolean> {
  const { rows: waiting } = await rows.database.raw(
    `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return waiting.length > 0;
}

describe('tokens of the day', () => {
  const end = async (outcome: Outcome, content = 'text'): Promise<void> => {
    const claim = await claimed(await accepted());
    await rows.generations.finish(claim, content, outcome);
    // The reply was lost, and the end is written again.
    await rows.generations.finish(claim, content, outcome);
  };

  test('are counted once an answer, by the figures of the model or by the text', async () => {
    const quota = dailyTokens(rows.database, 100);
    expect(await quota(userId)).toMatchObject({ name: 'tokens', allowed: true, limit: 100, remaining: 100 });
    await end({ status: 'complete', usage: { promptTokens: 30, completionTokens: 12 } });
    expect(await quota(userId)).toMatchObject({ allowed: true, remaining: 58 });
    await end({ status: 'stopped' }, 'x'.repeat(40));
    const { remaining, resetSeconds } = await quota(userId);
    // Encrypted text is longer.
    if (rows.cipher.encrypts) expect(remaining).toBeLessThan(48);
    else expect(remaining).toBe(48);
    expect(resetSeconds).toBeGreaterThan(0);
    expect(resetSeconds).toBeLessThanOrEqual(86_400);
    await end({ status: 'complete', usage: { promptTokens: 100, completionTokens: 1 } });
    expect(await quota(userId)).toMatchObject({ allowed: false, remaining: 0 });
    expect(await dailyTokens(rows.database, 100)(await newUser(rows))).toMatchObject({ remaining: 100 });
  });

  test('of yesterday do not count', async () => {
    await end({ status: 'complete', usage: { promptTokens: 100, completionTokens: 1 } });
    await rows
      .database('token_usage')
      .where({ user_id: userId })
      .update({ day: rows.database.raw('day - 1') });
    expect(await dailyTokens(rows.database, 100)(userId)).toMatchObject({ allowed: true, remaining: 100 });
  });
});
