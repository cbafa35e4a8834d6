import { randomUUID } from 'node:crypto';
import { SystemClock } from '../../src/adapters/system-clock.js';
import type { Delta, Finished, Prompt, Provider } from '../../src/generation/provider.js';
import { Worker } from '../../src/worker/worker.js';
import { fill } from '../support/backlog.js';
import { claimable, newUser } from '../support/rows.js';
import { type Request, ScriptedProvider } from '../support/scripted-provider.js';
import { SILENT } from '../support/silent-log.js';
import { LOGS, openWorld, type World } from '../support/world.js';

const [, inMemory] = LOGS[0] ?? [];

let world: World;
const workers: Worker[] = [];

beforeEach(async () => {
  if (!inMemory) throw new Error('no log');
  world = await openWorld(inMemory);
});

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop(0)));
  await world.close();
});

/** Answers at once, and counts. */
class PromptProvider implements Provider {
  readonly name = 'prompt';
  readonly model = 'prompt';
  readonly continues = true;
  asked = 0;
  atOnce = 0;
  mostAtOnce = 0;

  async *generate(_prompt: Prompt, signal: AbortSignal): AsyncGenerator<Delta, Finished> {
    this.asked++;
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    try {
      await new Promise(setImmediate);
      signal.throwIfAborted();
      yield 'Rest.';
      return {};
    } finally {
      this.atOnce--;
    }
  }

  async reachable(): Promise<boolean> {
    return true;
  }
}

/** No job ever comes: what wakes this worker are its sweeps and its own ends. */
async function start(provider: Provider, concurrency: number, leaseMs = 3000): Promise<void> {
  const { generations } = world.rows;
  const ports = { worker: randomUUID(), leaseMs, provider };
  const runner = world.worker(provider, {}, ports);
  const worker = new Worker({
    notifier: world.notifier,
    clock: new SystemClock(),
    logger: SILENT,
    store: generations,
    sweepStore: generations,
    source: { start: async () => {}, pause: async () => {} },
    runner,
    leaseMs,
    concurrency,
  });
  workers.push(worker);
  await worker.start();
}

async function allEnded(): Promise<void> {
  for (let open = 1; open > 0; ) {
    const found = await world.rows.database.raw('select from generations where ended_at is null');
    open = found.rows.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('of a backlog each answer is asked of the model once, in the places that there are', async () => {
  await fill(world.rows, 400, 0, true);
  const [one, other] = [new PromptProvider(), new PromptProvider()];
  await Promise.all([start(one, 10), start(other, 10)]);
  await allEnded();
  expect(one.asked + other.asked).toBe(400);
  expect(one.mostAtOnce).toBeLessThanOrEqual(10);
  expect(other.mostAtOnce).toBeLessThanOrEqual(10);
  const { rows } = await world.rows.database.raw(
    `select distinct attempt, failures, status from generations`,
  );
  expect(rows).toEqual([{ attempt: 1, failures: 0, status: 'complete' }]);
}, 300_000);

test('what a killed worker left goes on before all that waits', async () => {
  const provider = new ScriptedProvider();
  const at = await world.conversation();
  const begun = await world.send(at);
  const dead = world.worker(provider);
  void dead.run(begun);
  await provider.request();
  await fill(world.rows, 200, 0, true);
  await world.letLeaseRunOut(begun);
  const next = new ScriptedProvider();
  await start(next, 1);
  const request = await next.request();
  expect(request.prompt.turns).toEqual([{ role: 'user', text: 'What helps?' }]);
  expect((await claimable(world.rows)).map(({ messageId }) => messageId)).not.toContain(begun.messageId);
});

test('what a killed worker left is next although all places are taken by what waits', async () => {
  await fill(world.rows, 50, 0, true);
  const provider = new ScriptedProvider();
  await start(provider, 1);
  const first = await provider.request();
  const [left] = await claimable(world.rows);
  if (!left) throw new Error('nothing waits');
  const dead = new ScriptedProvider();
  void world.worker(dead).run(left);
  await dead.request();
  await world.letLeaseRunOut(left);
  // A sweep of the busy worker makes it the next.
  for (let recovered = false; !recovered; ) {
    const row = await world.rows.database('generations').where({ id: left.messageId }).first('worker');
    recovered = row.worker === null;
  }
  first.end();
  await provider.request();
  const row = await world.rows
    .database('generations')
    .where({ id: left.messageId })
    .first('attempt', 'worker');
  expect(row).toEqual({ attempt: 2, worker: expect.any(String) });
});

/** A user's message in a conversation of its own. */
async function sendOne(userId: string): Promise<string> {
  const { id } = await world.rows.conversations.create(userId, null);
  return (await world.send({ userId, id })).messageId;
}

async function sendMany(userId: string, count: number): Promise<void> {
  for (let index = 0; index < count; index++) await sendOne(userId);
}

/** How many answers of the user have been begun. */
async function begunOf(userId: string): Promise<number> {
  const found = await world.rows.database('generations').where({ user_id: userId }).where('attempt', '>', 0);
  return found.length;
}

test('two users who send more than fits leave a place to a third one', async () => {
  const [ann, ben, eve] = [await newUser(world.rows), await newUser(world.rows), await newUser(world.rows)];
  const provider = new ScriptedProvider();
  const running: Request[] = [];
  await start(provider, 9);
  await sendMany(ann, 9);
  // Of nine places one user gets five: when four are free, four run already.
  for (let index = 0; index < 5; index++) running.push(await provider.request());
  await sendMany(ben, 9);
  for (let index = 0; index < 2; index++) running.push(await provider.request());
  const ofEve = await sendOne(eve);
  running.push(await provider.request());
  expect(await world.rows.database('generations').where({ id: ofEve }).first('attempt')).toEqual({
    attempt: 1,
  });
  expect([await begunOf(ann), await begunOf(ben), await begunOf(eve)]).toEqual([5, 2, 1]);
  // An answer that ends makes room, and everything is answered.
  void endAll(provider);
  for (const request of running) answer(request);
  await allEnded();
  const { rows } = await world.rows.database.raw('select distinct attempt, status from generations');
  expect(rows).toEqual([{ attempt: 1, status: 'complete' }]);
}, 300_000);

test.each([1, 2])(
  'one user alone is answered by a worker with places: %p',
  async (places) => {
    const ann = await newUser(world.rows);
    await sendMany(ann, 10);
    const provider = new PromptProvider();
    await start(provider, places);
    await allEnded();
    expect(provider.asked).toBe(10);
    expect(provider.mostAtOnce).toBe(1);
  },
  300_000,
);

function answer(request: Request): void {
  request.say('Rest.');
  request.end();
}

async function endAll(provider: ScriptedProvider): Promise<never> {
  for (;;) answer(await provider.request());
}
