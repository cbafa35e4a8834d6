import { lockDatabase } from '../../../src/adapters/postgres/database-lock.js';
import { Moment } from '../../support/moment.js';
import { createDatabase, type TestDatabase, withClient } from '../../support/postgres.js';

let database: TestDatabase;

function unexpected(error: Error): void {
  throw error;
}

beforeEach(async () => {
  database = await createDatabase();
});

afterEach(() => database.drop());

const HOLDERS = `select pid, objid from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())`;

test('one process at a time owns a database', async () => {
  const giveUp = await lockDatabase(database.url, unexpected);
  await expect(lockDatabase(database.url, unexpected)).rejects.toThrow(/another process/);
  await giveUp();
  await (await lockDatabase(database.url, unexpected))();
});

test('whose connection is cut owns it again', async () => {
  const giveUp = await lockDatabase(database.url, unexpected);
  await withClient(database.url, async (client) => {
    const holders = async () => (await client.query<{ pid: number }>(HOLDERS)).rows.map(({ pid }) => pid);
    const [first] = await holders();
    await client.query('select pg_terminate_backend($1)', [first]);
    let again: number[] = [];
    while (again.length === 0 || again.includes(first ?? 0)) again = await holders();
  });
  await expect(lockDatabase(database.url, unexpected)).rejects.toThrow(/another process/);
  await giveUp();
});

test('whose lock is taken by another process meanwhile is told, and nothing is thrown', async () => {
  const taken = new Moment();
  await lockDatabase(database.url, (error) => {
    expect(error.message).toMatch(/another process/);
    taken.happen();
  });
  await withClient(database.url, async (client) => {
    const { rows } = await client.query<{ pid: number; objid: number }>(HOLDERS);
    // As another process would: it waits for the lock before the first loses it.
    const other = client.query('select pg_advisory_lock($1)', [rows[0]?.objid]);
    await withClient(database.url, async (third) => {
      await third.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    });
    await other;
    await taken.come;
  });
});
