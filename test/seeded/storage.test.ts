import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mutated } from '../simulation/mutations.js';
import { sized } from '../support/size.js';
import { STORAGE_MUTATIONS, type StorageMutation } from './storage-mutations.js';

const ROOT = join(import.meta.dirname, '../..');

/** What Jest's `--json` tells of a run. */
interface Report {
  readonly numFailedTests: number;
  readonly numPassedTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

/** Runs one test with this mistake in place, or with none. */
async function run({ test, by }: StorageMutation, mutation: object): Promise<Report> {
  const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--config', CONFIG];
  const args = [...jest, '--runInBand', '--json', '--testNamePattern', literally(by), test];
  const env = { ...process.env, NODE_OPTIONS: '', VEDA_MUTATION: JSON.stringify(mutation) };
  return new Promise((resolve, reject) => {
    // Jest's exit code says that a test failed, which is what is hoped for here.
    execFile(process.execPath, args, { cwd: ROOT, env, maxBuffer: 2 ** 26 }, (_error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout) as Report);
      } catch (cause) {
        reject(new Error(`jest gave no report: ${stderr}`, { cause }));
      }
    });
  });
}

const CONFIG = 'test/seeded/jest.config.cjs';

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

// One in seven in `npm test`: each takes a start of Jest.
const played = STORAGE_MUTATIONS.filter((_, index) => index % sized(7, 1) === 0);

test.each(played)('$name is found by "$by"', async (mutation) => {
  const found = await run(mutation, mutation);
  expect(found).toMatchObject({ numFailedTests: 1, numRuntimeErrorTestSuites: 0 });
});

test('every mistake can still be made', () => {
  expect(STORAGE_MUTATIONS.length).toBeGreaterThan(20);
  for (const mutation of STORAGE_MUTATIONS) {
    const source = readFileSync(join(ROOT, mutation.file), 'utf8');
    expect(mutated(mutation, source)).not.toBe(source);
  }
});

test('without a mistake the tests that find them pass', async () => {
  const [first] = STORAGE_MUTATIONS;
  if (!first) throw new Error('no mutations');
  const found = await run(first, { file: 'none' });
  expect(found).toMatchObject({ numPassedTests: 1, numFailedTests: 0, numRuntimeErrorTestSuites: 0 });
});
