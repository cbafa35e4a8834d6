import { afterAccepted, beforeAccepted } from '../../../src/protocol/cursor.js';
import { fill } from '../../support/backlog.js';
import { onEachQuery } from '../../support/sent-queries.js';
import { LOGS, openWorld, type World } from '../../support/world.js';

const [, inMemory] = LOGS[0] ?? [];

let world: World;

beforeEach(async () => {
  if (!inMemory) throw new Error('no log');
  world = await openWorld(inMemory);
});

afterEach(() => world.close());

async function conversationWith(ended: number): Promise<string> {
  await fill(world.rows, 1, ended, false);
  await world.rows.database.raw(
    'insert into generation_attempts (generation_id, attempt, start) select id, 1, 0 from generations',
  );
  const row = await world.rows.database<{ id: string }>('conversations').first('id');
  return row?.id ?? '';
}

test('a reader of a long past gets it in pages, each answer once and in order', async () => {
  const id = await conversationWith(400);
  let statements = 0;
  const sent = onEachQuery(() => {
    statements += 1;
  });
  const start = { cursor: beforeAccepted(1), seq: 1 };
  const seqs: number[] = [];
  for await (const event of world.follow(id, { start, until: 'idle' })) {
    if (event.kind === 'ended') seqs.push(event.cursor.seq);
  }
  expect(seqs).toEqual(Array.from({ length: 400 }, (_, index) => index + 1));
  // 8 pages of 50, with 3 answers read one by one before the first of them and at the end.
  sent.restore();
  expect(statements).toBeGreaterThanOrEqual(8);
  expect(statements).toBeLessThan(50);
});

test('a page ends before what has not ended, and holds no more than 64 KiB', async () => {
  const id = await conversationWith(20);
  const { database, reader } = world.rows;
  const pageFrom = async (seq: number) => (await reader.findEnded(id, seq)).map(({ ref }) => ref.seq);
  expect(await pageFrom(18)).toEqual([18, 19, 20]);
  expect(await pageFrom(21)).toEqual([]);
  await database('messages')
    .where({ role: 'assistant' })
    .update({ content: 'x'.repeat(30_000) });
  await database('generations').update({ bytes: 30_000 });
  expect(await pageFrom(5)).toEqual([5, 6]);
  const [first] = await reader.findEnded(id, 5);
  expect({ kind: 'found', view: first }).toEqual(await reader.find(id, 5));
  await database('messages')
    .where({ role: 'assistant' })
    .update({ content: 'x'.repeat(70_000) });
  await database('generations').update({ bytes: 70_000 });
  expect(await pageFrom(5)).toEqual([]);
  const start = { cursor: afterAccepted(4), seq: 4 };
  let bytes = 0;
  for await (const event of world.follow(id, { start, until: 'idle' })) {
    if (event.kind === 'text') bytes += event.text.length;
  }
  expect(bytes).toBe(17 * 70_000);
});
