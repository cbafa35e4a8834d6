import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Finding } from './find-mutation.js';
import { MUTATIONS } from './mutations.js';

let finder: ChildProcess;
let exited: Promise<unknown>;

beforeAll(() => {
  finder = fork(join(import.meta.dirname, 'find-mutation.ts'), { execArgv: ['--import', 'tsx'] });
  exited = once(finder, 'exit');
});

afterAll(async () => {
  if (finder.exitCode !== null) return;
  finder.disconnect();
  await exited;
});

test.each(MUTATIONS.map(({ name }, index) => ({ name, index })))(
  'the simulation finds: $name',
  async ({ index }) => {
    const answer = Promise.race([once(finder, 'message'), exited]);
    finder.send(index);
    const [finding] = (await answer) as [Finding];
    expect(finding).toEqual({ index, found: expect.stringMatching(/^seed /) });
  },
);
