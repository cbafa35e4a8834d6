import type { GenerationRef } from '../../src/generation/generation-log.js';
import type { Logger } from '../../src/kernel/logger.js';
import { Moment } from '../support/moment.js';
import { urlOfDatabase, withClient } from '../support/postgres.js';
import { ScriptedProvider } from '../support/scripted-provider.js';
import { LOGS, openWorld, type World } from '../support/world.js';

/** Postgres fails over while an attempt is between its claim and its first token. */

const [, inMemory] = LOGS[0] ?? [];

let world: World;
let ref: GenerationRef;

beforeEach(async () => {
  if (!inMemory) throw new Error('no log');
  world = await openWorld(inMemory);
  ref = await world.send(await world.conversation());
});

afterEach(() => world.close());

/** Of the test's database, from another one of the same server; then ends all connections to the test's. */
async function alterDatabase(change: string): Promise<void> {
  const name = new URL(world.rows.url).pathname.slice(1);
  await withClient(urlOfDatabase(world.rows.url, 'postgres'), async (client) => {
    await client.query(`alter database "${name}" ${change}`);
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
  });
}

/** Runs the generation on Postgres as `broken` leaves it after the claim, until a statement has failed; then `mends` it. */
async function runThroughFailover(broken: string, mended: string): Promise<void> {
  const { generations } = world.rows;
  const store = new Proxy(generations, {
    get: (target, name: keyof typeof generations) => {
      if (name !== 'claim') return (target[name] as () => unknown).bind(target);
      return async (...args: Parameters<typeof generations.claim>) => {
        const claim = await target.claim(...args);
        await alterDatabase(broken);
        return claim;
      };
    },
  });
  const failed = new Moment();
  const lines: string[] = [];
  const say = (event: string): void => {
    lines.push(event);
    failed.happen();
  };
  const logger: Logger = { debug() {}, info() {}, warn: say, error: say };
  const provider = new ScriptedProvider();
  const run = world.worker(provider, {}, { store, logger }).run(ref);
  await failed.come;
  await alterDatabase(mended);
  const request = await provider.request();
  request.say('Rest.');
  request.end();
  await run;
  expect(lines).not.toContain('generation interrupted');
}

async function row(): Promise<unknown> {
  return world.rows.database('generations').where({ id: ref.messageId }).first('attempt', 'status');
}

test('a first attempt goes on when Postgres is back', async () => {
  await runThroughFailover('allow_connections false', 'allow_connections true');
  expect(await row()).toEqual({ attempt: 1, status: 'complete' });
});

test('so does an attempt that continues, when Postgres is no longer read-only', async () => {
  const provider = new ScriptedProvider();
  void world.worker(provider).run(ref);
  await provider.request();
  await world.letLeaseRunOut(ref);
  await runThroughFailover(
    'set default_transaction_read_only = on',
    'set default_transaction_read_only = off',
  );
  expect(await row()).toEqual({ attempt: 2, status: 'complete' });
});
