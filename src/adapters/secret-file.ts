import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StartError } from '../start-error.js';

/**
 * Reads the secret in `file`, and creates it first if there is none, readable by its owner only. Processes that start at
 * once get the same secret.
 */
export async function keepSecret(file: string): Promise<string> {
  const kept = await read(file);
  if (kept) return kept;
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(temporary, randomBytes(48).toString('base64url'), { mode: 0o600, flag: 'wx' });
  // A link is atomic, and does not replace the file that another process may have created meanwhile.
  await link(temporary, file).catch(ignoreExisting);
  await unlink(temporary);
  const created = await read(file);
  // A power cut can leave an empty file, and an empty secret would let everybody in.
  if (!created) throw new StartError(`${file} is empty: remove it`);
  return created;
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
