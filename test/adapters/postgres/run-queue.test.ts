import { randomUUID } from 'node:crypto';
import type { QueryConfig } from 'pg';
import { fill } from '../../support/backlog.js';
import { withClient } from '../../support/postgres.js';
import { accept, newUser, openRows, type Rows, request } from '../../support/rows.js';
import { onEachQuery } from '../../support/sent-queries.js';

let rows: Rows;
const worker = randomUUID();

beforeEach(async () => {
  rows = await openRows();
});

afterEach(() => rows.close());

async function conversationOf(userId: string): Promise<string> {
  return (await rows.conversations.create(userId, null)).id;
}

async function send(userId: string, conversationId?: string): Promise<string> {
  const id = conversationId ?? (await conversationOf(userId));
  return (await accept(rows, request(userId, id))).ref.messageId;
}

async function claimed() {
  const claim = await rows.generations.claimNext(worker, 60_000);
  if (!claim) throw new Error('nothing waits');
  return claim;
}

async function claimedIds(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index++) ids.push((await claimed()).ref.messageId);
  return ids;
}

async function letLeasesRunOut(): Promise<void> {
  await rows.database.raw(
    `update generations set lease_until = now() - interval '1 second' where worker is not null`,
  );
}

test("one user's many wait behind another's first", async () => {
  const [ann, ben, eve] = [await newUser(rows), await newUser(rows), await newUser(rows)];
  const ofAnn: string[] = [];
  for (let index = 0; index < 10; index++) ofAnn.push(await send(ann));
  const ofBen = [await send(ben), await send(ben)];
  expect(await claimedIds(2)).toEqual([ofAnn[0], ofBen[0]]);
  const ofEve = await send(eve);
  expect(await claimedIds(3)).toEqual([ofAnn[1], ofBen[1], ofEve]);
  expect(await claimedIds(8)).toEqual(ofAnn.slice(2));
  expect(await rows.generations.claimNext(worker, 60_000)).toBeUndefined();
});

test('of a conversation one waits at a time, and the next gets its turn as the one before ends', async () => {
  const ann = await newUser(rows);
  const conversation = await conversationOf(ann);
  const [first, second] = [await send(ann, conversation), await send(ann, conversation)];
  const claim = await claimed();
  expect(claim.ref.messageId).toBe(first);
  expect(await rows.generations.claimNext(worker, 60_000)).toBeUndefined();
  await rows.generations.finish(claim, 'text', { status: 'complete' });
  expect((await claimed()).ref.messageId).toBe(second);
});

test('a message that is accepted while the one before ends gets its turn', async () => {
  const ann = await newUser(rows);
  const conversation = await conversationOf(ann);
  await send(ann, conversation);
  const claim = await claimed();
  const accepting = rows.database.transaction(async (transaction) => {
    await transaction('conversations').where({ id: conversation }).forUpdate().first('id');
    const finished = rows.generations.finish(claim, 'text', { status: 'complete' });
    // It waits for the conversation, and has taken its snapshot before the message is there.
    for (let waiting = 0; waiting === 0; ) {
      const found = await rows.database.raw(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      waiting = found.rows.length;
    }
    const [question, answer] = [randomUUID(), randomUUID()];
    const common = { conversation_id: conversation, seq: 2 };
    await transaction('messages').insert({ id: question, role: 'user', content: 'And then?', ...common });
    await transaction('messages').insert({ id: answer, role: 'assistant', reply_to: question, ...common });
    await transaction('generations').insert({
      id: answer,
      client_message_id: answer,
      request_hash: Buffer.of(1),
      ...common,
    });
    return { finished, answer };
  });
  const { finished, answer } = await accepting;
  expect(await finished).toEqual({ ownership: 'owned', waiting: true });
  expect((await claimed()).ref.messageId).toBe(answer);
});

test('what a dead worker left comes before everything that waits, and counts as a failure', async () => {
  const [ann, ben] = [await newUser(rows), await newUser(rows)];
  const begun = await send(ann);
  await claimed();
  for (let index = 0; index < 5; index++) await send(ben);
  expect(await rows.generations.recover([], 10)).toBe(0);
  await letLeasesRunOut();
  expect(await rows.generations.recover([begun], 10)).toBe(0);
  expect(await rows.generations.recover([], 10)).toBe(1);
  expect(await claimed()).toMatchObject({ ref: { messageId: begun }, attempt: 2, failures: 1 });
});

test('what was given back comes first too, and is no failure', async () => {
  const [ann, ben] = [await newUser(rows), await newUser(rows)];
  await send(ann);
  const claim = await claimed();
  await send(ben);
  await rows.generations.release(claim);
  expect(await claimed()).toMatchObject({ ref: claim.ref, attempt: 2, failures: 0 });
});

test('users who have their share get nothing new, and what they began goes on', async () => {
  const [ann, ben] = [await newUser(rows), await newUser(rows)];
  const begun = await send(ann);
  const [, given] = [await claimed(), await send(ann)];
  const ofBen = await send(ben);
  const next = () => rows.generations.claimNext(worker, 60_000, [ann]);
  expect((await next())?.ref.messageId).toBe(ofBen);
  expect(await next()).toBeUndefined();
  await letLeasesRunOut();
  await rows.generations.recover([ofBen], 10);
  expect(await next()).toMatchObject({ ref: { messageId: begun }, userId: ann });
  expect(await next()).toBeUndefined();
  expect((await claimed()).ref.messageId).toBe(given);
});

test('many workers at once claim each generation once', async () => {
  await fill(rows, 200, 0, true);
  const claims = await Promise.all(
    Array.from({ length: 200 }, () => rows.generations.claimNext(randomUUID(), 60_000)),
  );
  const ids = claims.flatMap((claim) => (claim ? [claim.ref.messageId] : []));
  expect(new Set(ids).size).toBe(ids.length);
});

test('a row that somebody has locked keeps no other lease from being renewed', async () => {
  const [ann, ben] = [await newUser(rows), await newUser(rows)];
  const both = [await send(ann), await send(ben)];
  await claimedIds(2);
  await letLeasesRunOut();
  await rows.database.transaction(async (transaction) => {
    await transaction('generations')
      .where({ id: both[0] ?? '' })
      .forUpdate()
      .first('id');
    const held = await rows.generations.renew(worker, both, 60_000);
    expect(held.map(({ messageId }) => messageId).toSorted()).toEqual(both.toSorted());
    // The locked one can be recovered by nobody as long as it is locked.
    expect(await rows.generations.recover([], 10)).toBe(0);
  });
});

/** The blocks that each statement of a worker reads, with `waiting` waiting, by the statistics of an idle table. */
async function blocksRead(): Promise<Record<string, number>> {
  const statements = new Map<string, QueryConfig>();
  let name = '';
  const sent = onEachQuery((query) => {
    if (name !== '') statements.set(name, query);
  });
  for (const [step, act] of [
    ['recover', () => rows.generations.recover([], 100)],
    ['claimNext', () => rows.generations.claimNext(worker, 60_000)],
    ['unclosed', () => rows.generations.unclosed(0, 100)],
  ] as const) {
    name = step;
    await act();
  }
  sent.restore();
  const blocks: Record<string, number> = {};
  await withClient(rows.url, async (client) => {
    for (const [step, { text, values }] of statements) {
      await client.query('begin');
      const { rows: plans } = await client.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
        `explain (analyze, buffers, format json) ${text}`,
        values,
      );
      await client.query('rollback');
      const plan = plans[0]?.['QUERY PLAN'][0].Plan ?? {};
      blocks[step] = (plan['Shared Hit Blocks'] ?? Number.NaN) + (plan['Shared Read Blocks'] ?? Number.NaN);
    }
  });
  return blocks;
}

test('a sweep and a claim read what is due, whatever waits and whatever the statistics say', async () => {
  for (const table of ['generations', 'messages', 'conversations']) {
    await rows.database.raw(`alter table ${table} set (autovacuum_enabled = false)`);
  }
  await fill(rows, 200, 20, false);
  await rows.database.raw('vacuum analyze');
  await fill(rows, 100, 0, true);
  const few = await blocksRead();
  await fill(rows, 10_000, 0, true);
  const many = await blocksRead();
  expect(Object.keys(many)).toEqual(['recover', 'claimNext', 'unclosed']);
  for (const [step, blocks] of Object.entries(many)) {
    expect(blocks).toBeLessThan(100);
    // One more level of an index, and what the claims of this test left.
    expect(blocks).toBeLessThanOrEqual((few[step] ?? 0) + 10);
  }
}, 300_000);
