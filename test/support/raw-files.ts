import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { withClient } from './postgres.js';

/** The files of Postgres in which one of the words is, as they are on disk: those of this database and the write-ahead log. */
export async function inPostgresFiles(databaseUrl: string, words: readonly string[]): Promise<string[]> {
  let folders: string[] = [];
  await withClient(databaseUrl, async (client) => {
    await client.query('checkpoint');
    const { rows } = await client.query<{ root: string; id: string }>(
      `select current_setting('data_directory') as root,
         (select oid::text from pg_database where datname = current_database()) as id`,
    );
    folders = rows.flatMap(({ root, id }) => [join(root, 'base', id), join(root, 'pg_wal')]);
  });
  return (await Promise.all(folders.map((folder) => filesWith(folder, words)))).flat();
}

/** The files of Redis in which one of the words is: its append-only file and a fresh snapshot. */
export async function inRedisFiles(
  { url, directory }: { readonly url: string; readonly directory: string },
  words: readonly string[],
): Promise<string[]> {
  const redis = new Redis(url);
  await redis.save();
  redis.disconnect();
  return filesWith(directory, words);
}

async function filesWith(folder: string, words: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && (await hasWord(path, words))) found.push(path);
  }
  return found;
}

async function hasWord(path: string, words: readonly string[]): Promise<boolean> {
  const longest = Math.max(...words.map((word) => word.length));
  let end = Buffer.alloc(0);
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 4_194_304 })) {
      // A word may lie across two pieces.
      const bytes = Buffer.concat([end, piece as Buffer]);
      if (words.some((word) => bytes.includes(word))) return true;
      end = bytes.subarray(-longest);
    }
  } catch (error) {
    // A server removes files at any time.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return false;
}
