import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Knex } from 'knex';

const FOLDER = join(import.meta.dirname, '../../../migrations');

/** The migrations by their names without ending: what ran from source is known when it runs from the build. */
export const migrationSource: Knex.MigrationSource<string> = {
  async getMigrations() {
    const files = await readdir(FOLDER);
    const names = files.flatMap((file) =>
      file.endsWith('.d.ts') ? [] : (/^(.+)\.[jt]s$/.exec(file)?.[1] ?? []),
    );
    return names.toSorted();
  },
  getMigrationName: (name) => name,
  getMigration: async (name) => (await import(join(FOLDER, `${name}${ENDING}`))) as Knex.Migration,
};

/** Migrations come as this file does: source beside source, build beside build. */
const ENDING = import.meta.filename.endsWith('.ts') ? '.ts' : '.js';
