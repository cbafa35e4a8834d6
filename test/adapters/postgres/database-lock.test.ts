import { lockDatabase } from '../../../src/adapters/postgres/database-lock.js';
import { createDatabase, type TestDatabase, withClient } from '../../support/postgres.js';

let database: TestDatabase;

beforeEach(async () => {
  database = await createDatabase();
});

afterEach(() => database.drop());

const HOLDERS = `select pid from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`;

test('one process at a time owns a database', async () => {
  const giveUp = await lockDatabase(database.url);
  await expect(lockDatabase(database.url)).rejects.toThrow(/another process/);
  await giveUp();
  await (await lockDatabase(database.url))();
});

test('whose connection is cut owns it again', async () => {
  const giveUp = await lockDatabase(database.url);
  await withClient(database.url, async (client) => {
    const holders = async () => (await client.query<{ pid: number }>(HOLDERS)).rows.map(({ pid }) => pid);
    const [first] = await holders();
    await client.query('select pg_terminate_backend($1)', [first]);
    let again: number[] = [];
    while (again.length === 0 || again.includes(first ?? 0)) again = await holders();
  });
  await expect(lockDatabase(database.url)).rejects.toThrow(/another process/);
  await giveUp();
});
