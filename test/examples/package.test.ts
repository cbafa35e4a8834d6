import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as client from '../../src/client/index.js';
import { Product } from '../support/product.js';
import { install, type Packages, packPackages } from './packed.js';
import { buildReactProject, countReacts, createReactProject, writeTsconfig } from './react-project.js';
import { ROOT, runExample } from './run-example.js';

let folder: string;
let packages: Packages;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veda-packages-'));
  packages = await packPackages(folder);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a project types its own code with. */
const TYPED = `
import type { Attachment, ClientProblem, ErrorCode, Frame, Message, View } from '@veda-gateway/client';
import { ClientError } from '@veda-gateway/client';
import type { UsedConversation } from '@veda-gateway/client/react';
import type { ConversationStore } from '@veda-gateway/client/svelte';

export const code: ErrorCode = 'rate_limited';
export const textOf = (frame: Frame): string => (frame.type === 'chunk' ? frame.data : '');
export const sizes = (message: Message): number[] => message.attachments.map(({ bytes }: Attachment) => bytes);
export const problem = ({ sendError }: View): ClientProblem | null => sendError;
export const viewOf = ({ view }: UsedConversation): View => view;
export const close = ({ conversation }: ConversationStore): void => conversation.close();
export const isLimited = (error: unknown): boolean => error instanceof ClientError && error.problem.code === code;
// @ts-expect-error -- types are checked here at all
export const wrong: ErrorCode = 'no such code';
`;

test('the client brings a page about all that it exports, from its types', async () => {
  const project = join(folder, 'page');
  await install(packages.client, project);
  const page = await readFile(join(project, 'node_modules/@veda-gateway/client/API.md'), 'utf8');
  const named = [...page.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
  expect(named).toEqual(expect.arrayContaining(Object.keys(client)));
  // Types that are handed on from other files, and those of the entry points.
  const types = ['Client', 'Conversation', 'View', 'Message', 'Frame', 'ErrorCode', 'ConversationStore'];
  expect(named).toEqual(expect.arrayContaining([...types, 'useConversation', 'conversationStore']));
  expect(page).toContain('function createClient(');
  expect(page).toContain('readonly view: View;');
});

test('a Vite project with the client has one React in its production build, and the types of the client', async () => {
  const project = join(folder, 'vite');
  await createReactProject(project, packages);
  await buildReactProject(project, '/', join(project, 'out'));
  expect(await countReacts(join(project, 'out'))).toBe(1);
  await writeFile(join(project, 'typed.ts'), TYPED);
  const tsc = join(ROOT, 'node_modules/.bin/tsc');
  await runExample(tsc, ['-p', project]);
  await writeTsconfig(project, { module: 'node16', moduleResolution: 'node16' });
  await runExample(tsc, ['-p', project]);
});

test.each(['client', 'server'] as const)(
  'the manifest of the %s leads to files that are there, with types for bundlers and for Node',
  async (which) => {
    await runExample(join(ROOT, 'node_modules/.bin/publint'), ['run', packages[which], '--strict']);
    await runExample(join(ROOT, 'node_modules/.bin/attw'), [packages[which], '--profile', 'esm-only']);
  },
);

test('a Node project with both starts the server by its command, and a program gets an answer from it', async () => {
  const project = join(folder, 'node');
  await install(packages.server, project);
  await install(packages.client, project);
  await writeFile(join(project, 'package.json'), '{"name":"app","private":true,"type":"module"}');
  const data = join(project, 'data');
  const command = join(project, 'node_modules/veda-gateway/dist/src/cli/main.js');
  const server = await Product.start({ DATA_DIR: data }, undefined, [command, 'start']);
  try {
    const program = join(project, 'node.mjs');
    const example = await readFile(join(ROOT, 'examples/node.mjs'), 'utf8');
    // As its first lines say.
    await writeFile(program, example.replace("'veda-gateway/client'", "'@veda-gateway/client'"));
    const printed = await runExample(process.execPath, [program, '--url', server.url, 'What helps?']);
    expect(printed).toContain('Medical Disclaimer');
    expect(await server.stop()).toBe(0);
  } finally {
    await server.stop('SIGKILL');
    // As root, the cluster is elsewhere.
    await rm(await realpath(join(data, 'postgres')), { recursive: true, force: true });
  }
});
