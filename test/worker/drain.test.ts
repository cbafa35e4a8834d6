import type { GenerationLog, GenerationRef } from '../../src/generation/generation-log.js';
import type { GenerationStore } from '../../src/generation/generation-store.js';
import { ManualClock } from '../doubles/manual-clock.js';
import { Moment } from '../support/moment.js';
import { claimable } from '../support/rows.js';
import { ScriptedProvider } from '../support/scripted-provider.js';
import { LOGS, openWorld, type World } from '../support/world.js';

const [, inMemory] = LOGS[0] ?? [];

let world: World;
let ref: GenerationRef;

beforeEach(async () => {
  if (!inMemory) throw new Error('no log');
  world = await openWorld(inMemory);
  ref = await world.send(await world.conversation());
});

afterEach(() => world.close());

/** The same, with one method that does not go on before `until`. */
function held<T extends object>(target: T, name: keyof T, until: Promise<void>, reached: Moment): T {
  return new Proxy(target, {
    get(whole, key) {
      const value = Reflect.get(whole, key, whole) as unknown;
      if (typeof value !== 'function') return value;
      const method = value.bind(whole) as (...args: unknown[]) => Promise<unknown>;
      if (key !== name) return method;
      return async (...args: unknown[]) => {
        const result = await method(...args);
        reached.happen();
        await until;
        return result;
      };
    },
  });
}

test('a claim that was under way when the drain began is given back before the drain ends', async () => {
  const [claimed, replied] = [new Moment(), new Moment()];
  const store = held<GenerationStore>(world.rows.generations, 'claim', replied.come, claimed);
  const runner = world.worker(new ScriptedProvider(), {}, { store });
  void runner.run(ref);
  await claimed.come;
  expect(await claimable(world.rows)).toEqual([]);
  const drained = runner.drain(60_000);
  replied.happen();
  await drained;
  expect(await claimable(world.rows)).toEqual([ref]);
});

test('a drain ends although the log is away', async () => {
  const [asked, back] = [new Moment(), new Moment()];
  const clock = new ManualClock();
  const log = held<GenerationLog>(world.log, 'open', back.come, asked);
  const runner = world.worker(new ScriptedProvider(), {}, { log, clock });
  const run = runner.run(ref);
  await asked.come;
  const drained = runner.drain(1000);
  for (let seconds = 0; seconds < 5; seconds++) {
    clock.advance(1000);
    await new Promise(setImmediate);
  }
  await drained;
  back.happen();
  await run;
});
