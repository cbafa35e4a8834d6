import type { Knex } from 'knex';
import { checkWritable, connectDatabase } from '../../../src/adapters/postgres/database.js';
import { poolWait } from '../../../src/adapters/postgres/pool-wait.js';
import { isUnavailable } from '../../../src/kernel/errors.js';
import { FaultyLink } from '../../faults/faulty-link.js';
import { startGate } from '../../support/pgbouncer-gate.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
let db: Knex;

beforeAll(async () => {
  database = await createDatabase();
  db = connectDatabase(database.url, { poolMax: 1, applicationName: 'a test' });
});

afterAll(async () => {
  await db.destroy();
  await database.drop();
});

function failureOf(statement: Promise<unknown>): Promise<unknown> {
  return statement.then(
    () => undefined,
    (failure: unknown) => failure,
  );
}

describe('a connection to the database', () => {
  it('says whose it is', async () => {
    const { rows } = await db.raw('show application_name');
    expect(rows).toEqual([{ application_name: 'a test' }]);
  });

  it('quotes no statement with its values in the message of an error', async () => {
    const failed = db('conversations').insert({ id: 'no id', title: 'words of a person' });
    await expect(failed).rejects.toThrow(/^insert into .*\$1/);
    await expect(failed).rejects.not.toThrow(/words of a person/);
  });

  it('is replaced in silence after the server has cut it off', async () => {
    const said = jest.spyOn(console, 'log').mockImplementation(() => {});
    await expect(db.raw('select pg_terminate_backend(pg_backend_pid())')).rejects.toThrow();
    // Who comes before the news of it may fail.
    await db.raw('select 1').catch(() => {});
    const { rows } = await db.raw('select 1 as one');
    expect(rows).toEqual([{ one: 1 }]);
    expect(said).not.toHaveBeenCalled();
    said.mockRestore();
  });

  it('is given up and replaced when nothing comes over it any more', async () => {
    const link = await FaultyLink.to(database.url);
    const there = connectDatabase(link.url, { poolMax: 1, silenceMs: 500 });
    try {
      await there.raw('select 1');
      link.become('silent');
      expect(isUnavailable(await failureOf(there.raw('select 1')))).toBe(true);
      link.become('open');
      const { rows } = await there.raw('select 1 as one');
      expect(rows).toEqual([{ one: 1 }]);
    } finally {
      await there.destroy();
      await link.stop();
    }
  });

  it('does not let a statement or an idle transaction last for ever', async () => {
    const { rows } = await db.raw(
      `select name, setting::int > 0 as bounded from pg_settings
       where name in ('statement_timeout', 'idle_in_transaction_session_timeout')`,
    );
    expect(rows).toHaveLength(2);
    for (const { bounded } of rows) expect(bounded).toBe(true);
  });

  it('is made through PgBouncer, which refuses settings in the start-up message', async () => {
    const gate = await startGate(database.url);
    const there = connectDatabase(gate.url, { poolMax: 1, statementMs: 1234 });
    try {
      const { rows } = await there.raw('show statement_timeout');
      expect(rows).toEqual([{ statement_timeout: '1234ms' }]);
    } finally {
      await there.destroy();
      await gate.stop();
    }
  });

  it('is replaced as soon as the server behind it takes no writes, and so are the others of its pool', async () => {
    const pool = connectDatabase(database.url, { poolMax: 2 });
    const write = () => pool('users').where({ id: crypto.randomUUID() }).delete();
    const name = new URL(database.url).pathname.slice(1);
    const readOnly = (value: string) =>
      db.raw(`alter database ${name} set default_transaction_read_only = ${value}`);
    try {
      await readOnly('on');
      // Two connections at once, as they are made during a failover.
      await Promise.all([pool.raw('select pg_sleep(0.1)'), pool.raw('select pg_sleep(0.1)')]);
      await readOnly('off');
      const error: unknown = await write().catch((failure: unknown) => failure);
      expect(error).toMatchObject({ code: '25006' });
      expect(isUnavailable(error)).toBe(true);
      expect(await Promise.all([write(), write(), checkWritable(pool)])).toEqual([0, 0, undefined]);
      await readOnly('on');
      await pool.destroy();
      pool.initialize();
      await expect(checkWritable(pool)).rejects.toMatchObject({ code: '25006' });
    } finally {
      await readOnly('off');
      await pool.destroy();
    }
  });

  it('knows how long the oldest statement has waited for a connection', async () => {
    const pool = connectDatabase(database.url, { poolMax: 1 });
    const waitMs = poolWait(pool);
    expect(waitMs()).toBe(0);
    const began = performance.now();
    const statements = [pool.raw('select pg_sleep(0.2)'), pool.raw('select 1'), pool.raw('select 2')];
    const all = Promise.all(statements);
    while (waitMs() < 100) await new Promise(setImmediate);
    expect(waitMs()).toBeLessThanOrEqual(performance.now() - began);
    await all;
    expect(waitMs()).toBe(0);
    await pool.destroy();
  });

  it('forgets a statement that was given no connection', async () => {
    const nobody = connectDatabase('postgres://127.0.0.1:9/none', { poolMax: 1 });
    const waitMs = poolWait(nobody);
    expect(isUnavailable(await failureOf(nobody.raw('select 1')))).toBe(true);
    expect(waitMs()).toBe(0);
    await nobody.destroy();
  });

  it('ends a statement that takes too long, as one that may be repeated', async () => {
    const impatient = connectDatabase(database.url, { poolMax: 1, statementMs: 100 });
    const error = await failureOf(impatient.raw('select pg_sleep(600)'));
    expect(error).toMatchObject({ code: '57014' });
    expect(isUnavailable(error)).toBe(true);
    await impatient.destroy();
  });

  it('leaves no statement running on the server when its client is gone', async () => {
    const link = await FaultyLink.to(database.url);
    const there = connectDatabase(link.url, {
      poolMax: 1,
      statementMs: 0,
      applicationName: 'a client that goes',
    });
    const running = async () => {
      const { rows } = await db.raw(
        `select from pg_stat_activity where application_name = 'a client that goes' and state = 'active' and query like '%pg_sleep%'`,
      );
      return rows.length;
    };
    const failure = failureOf(there.raw('select pg_sleep(600)'));
    while ((await running()) === 0) await new Promise(setImmediate);
    link.become('cut');
    expect(isUnavailable(await failure)).toBe(true);
    while ((await running()) > 0) await new Promise(setImmediate);
    await there.destroy();
    await link.stop();
  });
});
