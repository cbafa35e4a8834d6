import { connectDatabase } from '../../../src/adapters/postgres/database.js';
import { migrate, rollBack } from '../../../src/adapters/postgres/migrate.js';
import { requireMigrated } from '../../../src/adapters/postgres/migrated.js';
import { StartError } from '../../../src/start-error.js';
import { createEmptyDatabase, type TestDatabase, withClient } from '../../support/postgres.js';

describe('migrations', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createEmptyDatabase();
  });

  afterEach(() => database.drop());

  it('go up, back down to nothing, and up again to the same', async () => {
    await migrate(database.url);
    const first = await contents(database.url);
    expect(first).not.toEqual([]);

    await rollBack(database.url);
    expect(await contents(database.url)).toEqual([]);

    await migrate(database.url);
    expect(await contents(database.url)).toEqual(first);
  });

  it('change nothing when the database is up to date', async () => {
    await migrate(database.url);
    const first = await contents(database.url);
    await migrate(database.url);
    expect(await contents(database.url)).toEqual(first);
  });

  it('may be run by several processes at once', async () => {
    await Promise.all([migrate(database.url), migrate(database.url), migrate(database.url)]);
    expect(await contents(database.url)).not.toEqual([]);
  });

  it('go on after a process died holding the lock of knex', async () => {
    await migrate(database.url);
    await rollBack(database.url);
    await withClient(database.url, (client) => client.query('update knex_migrations_lock set is_locked = 1'));
    await migrate(database.url);
    expect(await contents(database.url)).not.toEqual([]);
  });

  it('go on to their end when the connection with the lock is cut', async () => {
    await withClient(database.url, async (other) => {
      // The first migration waits for this table, and has the lock meanwhile.
      await other.query('begin; create table users (id uuid)');
      const migrated = migrate(database.url);
      await withClient(database.url, async (client) => {
        const waits = `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
        while ((await client.query(waits)).rowCount === 0);
        const lock = `from pg_locks
          where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`;
        await client.query(`select pg_terminate_backend(pid) ${lock}`);
        while ((await client.query(`select ${lock}`)).rowCount !== 0);
      });
      await other.query('rollback');
      await migrated;
    });
    const first = await contents(database.url);
    expect(first).not.toEqual([]);
    await migrate(database.url);
    expect(await contents(database.url)).toEqual(first);
  });

  it('leave what a newer release has done', async () => {
    await migrate(database.url);
    await withClient(database.url, (client) =>
      client.query(`insert into knex_migrations (name, batch) values ('999_of_tomorrow', 9)`),
    );
    await expect(migrate(database.url)).resolves.toBeUndefined();
  });
});

/** Every table, column, index, function, type and trigger of ours, as text. */
async function contents(url: string): Promise<string[]> {
  const lines: string[] = [];
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ line: string }>(`
      select 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' '
          || coalesce(column_default, '') as line
        from information_schema.columns where table_schema = 'public' and table_name not like 'knex_%'
      union all select 'index ' || indexdef from pg_indexes where schemaname = 'public' and tablename not like 'knex_%'
      union all select 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
        from pg_constraint where connamespace = 'public'::regnamespace and conrelid::regclass::text not like 'knex_%'
      union all select 'function ' || proname || ' ' || prosrc from pg_proc where pronamespace = 'public'::regnamespace
      union all select 'trigger ' || pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
      union all select 'type ' || typname from pg_type where typnamespace = 'public'::regnamespace and typtype in ('e', 'd')
      union all select 'sequence ' || sequencename from pg_sequences
        where schemaname = 'public' and sequencename not like 'knex_%'
      order by line`);
    lines.push(...rows.map(({ line }) => line));
  });
  return lines;
}

test('a database that cannot be used is told in one line, without what the driver says', async () => {
  const address = new URL(process.env['VEDA_TEST_POSTGRES'] ?? '');
  const tellOf = async (change: Partial<URL>, told: string) => {
    const database = connectDatabase(Object.assign(new URL(address), change).href, { poolMax: 1 });
    const error: unknown = await requireMigrated(database).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(StartError);
    expect((error as Error).message).toBe(told);
    await database.destroy();
  };
  await tellOf({ password: 'wrong' }, 'DATABASE_URL: Postgres refuses the user or the password (28P01)');
  await tellOf({ pathname: '/nothing' }, 'DATABASE_URL: the database does not exist (3D000)');
  await tellOf({ port: '1' }, 'DATABASE_URL: nothing listens at the address of Postgres (ECONNREFUSED)');
});
