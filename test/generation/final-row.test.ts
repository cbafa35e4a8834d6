import type { GenerationStore } from '../../src/generation/generation-store.js';
import { ManualClock } from '../doubles/manual-clock.js';
import { ScriptedProvider } from '../support/scripted-provider.js';
import { LOGS, openWorld } from '../support/world.js';

test('an answer whose final row Postgres refuses for good is given up, and its conversation goes on', async () => {
  const [, inMemory] = LOGS[0] ?? [];
  if (!inMemory) throw new Error('no log');
  const world = await openWorld(inMemory);
  const at = await world.conversation();
  const [first, second] = [await world.send(at), await world.send(at)];
  const { generations } = world.rows;
  const refused = Object.assign(new Error('quotes text of a person'), { code: '22021' });
  let tries = 0;
  const finish: GenerationStore['finish'] = async (claim, content, outcome) => {
    if (content === '') return generations.finish(claim, content, outcome);
    tries++;
    throw refused;
  };
  const store = new Proxy<GenerationStore>(generations, {
    get: (target, name: keyof GenerationStore) => (name === 'finish' ? finish : target[name].bind(target)),
  });
  const lines: unknown[] = [];
  const say = (event: string, fields?: object): void => void lines.push({ event, ...fields });
  const logger = { debug: say, info: say, warn: say, error: say };
  const provider = new ScriptedProvider();
  const clock = new ManualClock();
  const runner = world.worker(provider, {}, { store, logger, clock });
  const run = runner.run(first);
  const request = await provider.request();
  request.say('Rest.');
  request.end();
  while (runner.running.size > 0) {
    clock.advance(2000);
    await new Promise(setImmediate);
  }
  await run;
  const { messageId } = first;
  expect(tries).toBe(5);
  expect(lines).toContainEqual({ event: 'final row not written', messageId, error: refused });
  expect(lines).toContainEqual({ event: 'answer given up', messageId, error: refused });
  expect(await world.rows.reader.message(messageId)).toMatchObject({ status: 'failed', content: '' });
  expect((await generations.claimNext(runner.worker, 60_000))?.ref).toEqual(second);
  await world.close();
});
