import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildReactProject, countReacts, createReactProject } from './react-project.js';
import { ROOT, runExample } from './run-example.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veda-project-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test('a project with the packed library has one React in its production build', async () => {
  await createReactProject(folder, 'packed');
  await buildReactProject(folder, '/', join(folder, 'out'));
  expect(await countReacts(join(folder, 'out'))).toBe(1);
});

test('a project with the linked folder has two, so docs/client.md says to pack it', async () => {
  await createReactProject(folder, 'linked');
  await buildReactProject(folder, '/', join(folder, 'out'));
  expect(await countReacts(join(folder, 'out'))).toBe(2);
});

/** What a project types its own code with. */
const TYPED = `
import type { Attachment, ClientProblem, ErrorCode, Frame, Message, View } from 'veda-gateway/client';
import { ClientError } from 'veda-gateway/client';

export const code: ErrorCode = 'rate_limited';
export const textOf = (frame: Frame): string => (frame.type === 'chunk' ? frame.data : '');
export const sizes = (message: Message): number[] => message.attachments.map(({ bytes }: Attachment) => bytes);
export const problem = ({ sendError }: View): ClientProblem | null => sendError;
export const isLimited = (error: unknown): boolean => error instanceof ClientError && error.problem.code === code;
// @ts-expect-error -- types are checked here at all
export const wrong: ErrorCode = 'no such code';
`;

test('the packed library brings the types of frames, messages and error codes', async () => {
  await createReactProject(folder, 'packed');
  await writeFile(join(folder, 'typed.ts'), TYPED);
  await runExample(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder]);
});
