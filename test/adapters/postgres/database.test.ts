import type { Knex } from 'knex';
import { connectDatabase } from '../../../src/adapters/postgres/database.js';
import { Way } from '../../faults/way.js';
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
    const way = await Way.to(database.url);
    const there = connectDatabase(way.url, { poolMax: 1, silenceMs: 500 });
    try {
      await there.raw('select 1');
      way.become('silent');
      await expect(there.raw('select 1')).rejects.toThrow('Connection terminated');
      way.become('open');
      const { rows } = await there.raw('select 1 as one');
      expect(rows).toEqual([{ one: 1 }]);
    } finally {
      await there.destroy();
      await way.stop();
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
});
