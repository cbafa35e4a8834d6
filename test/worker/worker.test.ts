import type { GenerationRef } from '../../src/generation/generation-log.js';
import type { GenerationStore } from '../../src/generation/generation-store.js';
import { Semaphore } from '../../src/kernel/semaphore.js';
import type { Cursor } from '../../src/protocol/cursor.js';
import { afterAccepted } from '../../src/protocol/cursor.js';
import { Leases } from '../../src/worker/leases.js';
import { Places } from '../../src/worker/places.js';
import type { Runner } from '../../src/worker/runner.js';
import { Sweeper } from '../../src/worker/sweeper.js';
import { ManualClock } from '../doubles/manual-clock.js';
import { claimable } from '../support/rows.js';
import { ScriptedProvider } from '../support/scripted-provider.js';
import { SILENT } from '../support/silent-log.js';
import { LOGS, openWorld, type World } from '../support/world.js';

const [, inMemory] = LOGS[0] ?? [];

let world: World;
let at: { userId: string; id: string };
const stops: (() => Promise<void>)[] = [];

beforeEach(async () => {
  if (!inMemory) throw new Error('no log');
  // A world each: a sweeper takes whatever it finds.
  world = await openWorld(inMemory);
  at = await world.conversation();
});

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await world.close();
});

/** The world's store, which fails while the test says so. */
function fragile(): { store: GenerationStore; away: boolean } {
  const state = { away: false, store: world.rows.generations as GenerationStore };
  state.store = new Proxy(world.rows.generations, {
    get(target, name: keyof GenerationStore) {
      const method = target[name].bind(target) as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => (state.away ? Promise.reject(new Error('away')) : method(...args));
    },
  });
  return state;
}

function sweeper(
  runner: Runner,
  clock: ManualClock,
  store: GenerationStore = world.rows.generations,
): Sweeper {
  const swept = new Sweeper({
    store,
    clock,
    logger: SILENT,
    runner,
    leaseMs: 3000,
    places: new Places(runner, 2),
  });
  swept.start();
  stops.push(() => swept.stop());
  return swept;
}

async function leases(runner: Runner, clock = new ManualClock()): Promise<ManualClock> {
  const kept = new Leases({
    store: world.rows.generations,
    notifier: world.notifier,
    clock,
    logger: SILENT,
    runner,
    leaseMs: 60_000,
  });
  await kept.start();
  stops.push(() => kept.stop());
  return clock;
}

async function endOf(ref: GenerationRef): Promise<void> {
  const from: Cursor = afterAccepted(ref.seq);
  const options = { start: { cursor: from, seq: ref.seq }, until: { messageId: ref.messageId } };
  for await (const event of world.follow(at.id, options)) if (event.kind === 'ended') return;
}

test('a sweeper runs what was accepted and never enqueued', async () => {
  const ref = await world.send(at);
  const provider = new ScriptedProvider();
  const clock = new ManualClock();
  sweeper(world.worker(provider), clock);
  clock.advance(1000);
  const request = await provider.request();
  request.say('Swept');
  request.end();
  await endOf(ref);
});

test('a sweeper takes no more than runs at once', async () => {
  for (let count = 0; count < 3; count++) await world.send(await world.conversation());
  const provider = new ScriptedProvider();
  const clock = new ManualClock();
  const runner = world.worker(provider);
  sweeper(runner, clock);
  clock.advance(1000);
  const first = await provider.request();
  await provider.request();
  expect(runner.running.size).toBe(2);
  expect(await claimable(world.rows)).toHaveLength(1);
  first.say('x');
  first.end();
});

test('after an outage of Postgres a sweeper waits one lease before it takes over from others', async () => {
  await world.send(at);
  const provider = new ScriptedProvider();
  const clock = new ManualClock();
  const state = fragile();
  const asked: string[] = [];
  const store = new Proxy(state.store, {
    get(target, name: keyof GenerationStore) {
      asked.push(name);
      return target[name];
    },
  });
  const looked = async (times: number) => {
    while (asked.filter((name) => name === 'unclosed').length < times) await new Promise(setImmediate);
  };
  sweeper(world.worker(provider), clock, store);
  state.away = true;
  clock.advance(1000);
  await looked(1);
  state.away = false;
  await slept(clock);
  clock.advance(1000);
  await looked(2);
  await slept(clock);
  expect(asked).not.toContain('recover');
  // What waits and was nobody's is run all the same.
  await provider.request();
  clock.advance(3000);
  while (!asked.includes('recover')) await new Promise(setImmediate);
});

test('a sweeper announces an end that the log was not told of', async () => {
  const ref = await world.send(at);
  const { generations } = world.rows;
  const claim = await generations.claim(ref.messageId, crypto.randomUUID(), 60_000);
  if (!claim) throw new Error('not claimed');
  await generations.finish(claim, 'text', { status: 'complete' });
  const past = world.rows.database.raw(`now() - interval '1 minute'`);
  await world.rows.database('generations').where({ id: ref.messageId }).update({ ended_at: past });
  const clock = new ManualClock();
  sweeper(world.worker(new ScriptedProvider()), clock);
  clock.advance(1000);
  while ((await generations.unclosed(0, 10)).length > 0) await new Promise(setImmediate);
});

test('a ring brings the stop to the worker at once', async () => {
  const ref = await world.send(at);
  const provider = new ScriptedProvider();
  const runner = world.worker(provider);
  await leases(runner);
  const run = runner.run(ref);
  const request = await provider.request();
  await world.rows.conversations.requestStop(at.userId, at.id);
  world.notifier.notify('stops');
  await run;
  expect(request.signal.aborted).toBe(true);
});

test('leases are renewed every second, and what is held no more is interrupted', async () => {
  const ref = await world.send(at);
  const provider = new ScriptedProvider();
  const runner = world.worker(provider);
  const clock = await leases(runner);
  const run = runner.run(ref);
  await provider.request();
  await world.letLeaseRunOut(ref);
  clock.advance(1000);
  while ((await claimable(world.rows)).length > 0) await new Promise(setImmediate);
  await world.rows
    .database('generations')
    .where({ id: ref.messageId })
    .update({ worker: crypto.randomUUID() });
  await slept(clock);
  clock.advance(1000);
  await run;
});

test('a generation that broke off is not held by a worker that has others', async () => {
  const provider = new ScriptedProvider();
  const runner = world.worker(provider);
  const clock = await leases(runner);
  const broken = await world.send(at);
  const brokenRun = runner.run(broken);
  (await provider.request()).fail(new TypeError('no failure of a provider'));
  await brokenRun;
  const other = await world.send(await world.conversation());
  void runner.run(other);
  await provider.request();
  await world.letLeaseRunOut(broken);
  await world.letLeaseRunOut(other);
  const ids = async () => (await claimable(world.rows)).map((ref) => ref.messageId);
  clock.advance(1000);
  while ((await ids()).includes(other.messageId)) await new Promise(setImmediate);
  expect(await ids()).toEqual([broken.messageId]);
});

/** Resolves when somebody sleeps on the clock. */
async function slept(clock: ManualClock): Promise<void> {
  while (clock.sleeping === 0) await new Promise(setImmediate);
}

test('no more run in the places than there are, and the others in their turn', async () => {
  const places = new Semaphore(2);
  const ends: (() => void)[] = [];
  const begun: number[] = [];
  const work = (id: number) => async () => {
    begun.push(id);
    await new Promise<void>((resolve) => ends.push(resolve));
  };
  const all = [1, 2, 3, 4].map((id) => places.run(work(id)));
  expect([begun, places.free]).toEqual([[1, 2], 0]);
  for (let ended = 0; ended < 4; ended++) {
    ends.shift()?.();
    await all[ended];
  }
  expect([begun, places.free]).toEqual([[1, 2, 3, 4], 2]);
});
