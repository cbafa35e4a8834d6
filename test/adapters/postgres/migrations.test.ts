import { migrate, rollBack } from '../../../src/adapters/postgres/migrate.js';
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
