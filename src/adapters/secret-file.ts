import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StartError } from '../start-error.js';

/**
 * The secret in `file`; made when there is none, for its owner alone to read. Processes that come at once get the same
 * one.
 */
export async function keepSecret(file: string): Promise<string> {
  const kept = await read(file);
  if (kept) return kept;
  await mkdir(dirname(file), { recursive: true });
  const making = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(making, randomBytes(48).toString('base64url'), { mode: 0o600, flag: 'wx' });
  // A link appears whole or not at all, and does not replace the one that another process has made meanwhile.
  await link(making, file).catch(ignoreExisting);
  await unlink(making);
  const made = await read(file);
  // A power cut can leave a file without its bytes, and an empty secret would let everybody in.
  if (!made) throw new StartError(`${file} is empty: remove it`);
  return made;
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
