import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepSecret } from '../../src/adapters/secret-file.js';

describe('a kept secret', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veda-secret-'));
    file = join(folder, 'data', 'jwt-secret');
  });

  afterEach(() => rm(folder, { recursive: true }));

  it('is made once, long enough, and for its owner alone', async () => {
    const secret = await keepSecret(file);
    expect(Buffer.byteLength(secret)).toBeGreaterThanOrEqual(32);
    expect(await keepSecret(file)).toBe(secret);
    expect(await readFile(file, 'utf8')).toBe(secret);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('is the same for all who make it at once, and leaves nothing else behind', async () => {
    const secrets = await Promise.all(Array.from({ length: 10 }, () => keepSecret(file)));
    expect(new Set(secrets).size).toBe(1);
    expect(await readdir(join(folder, 'data'))).toEqual(['jwt-secret']);
  });

  it('is never empty', async () => {
    await writeFile(join(folder, 'empty'), '');
    await expect(keepSecret(join(folder, 'empty'))).rejects.toThrow(/is empty: remove it$/);
  });

  it('fails when it cannot be read, and is not replaced', async () => {
    await expect(keepSecret(folder)).rejects.toMatchObject({ code: 'EISDIR' });
  });
});
