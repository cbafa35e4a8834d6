import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import type { Message } from '../../src/protocol/message.js';
import { type OllamaDouble, startOllamaDouble } from '../doubles/ollama/server.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Cli, type CliOptions } from '../support/cli.js';
import { Person } from '../support/client.js';
import * as files from '../support/files.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';

const END = `\n\n${DISCLAIMER}\n`;

let ollama: OllamaDouble;
let app: TestApp;
let person: Person;
let conversation: string;
let started: Cli[] = [];

beforeAll(async () => {
  ollama = await startOllamaDouble({
    models: [{ name: 'llama3.2', capabilities: ['completion', 'vision'] }],
  });
  ollama.defaultScript({ text: ['Drink ', 'water.'] });
  app = await startTestApp({ LLM_PROVIDER: 'ollama', OLLAMA_HOST: ollama.url });
  person = await Person.register(app.url);
});

afterAll(async () => {
  await app.stop();
  await ollama.stop();
});

beforeEach(async () => {
  conversation = await person.newConversation();
});

afterEach(async () => {
  await Promise.all(started.map((cli) => cli.kill()));
  started = [];
});

function chat(args: readonly string[] = [], options: CliOptions = {}, url = app.url): Cli {
  const all = ['chat', '--url', url, '--conversation', conversation, ...args];
  const cli = Cli.start(all, { env: { VEDA_TOKEN: person.token }, ...options });
  started.push(cli);
  return cli;
}

async function messages(): Promise<Message[]> {
  return (await person.call('GET', `/api/conversations/${conversation}/messages`)).body.items;
}

test.each(['auto', 'socketio', 'websocket', 'sse', 'polling'])(
  'over %s: each line of a pipe is a message, and stdout has the answers alone',
  async (transport) => {
    ollama.script({ text: ['Drink ', 'tea.'] });
    ollama.script({ text: 'Rest.' });
    const { code, stdout, stderr } = await chat(['--transport', transport], {
      input: 'What helps?\n\n/stop is no command here\n',
    }).ended();
    expect([code, stdout, stderr]).toEqual([0, `Drink tea.${END}Rest.${END}`, '']);
    const asked = (await messages()).filter(({ role }) => role === 'user').map(({ content }) => content);
    expect(asked).toEqual(['What helps?', '/stop is no command here']);
  },
);

test('an answer is printed as it is written', async () => {
  ollama.script({ text: ['Drink ', 'water.'], fault: 'stall', after: 1 });
  const cli = chat();
  cli.say('What helps?');
  await cli.wrote('Drink ');
  expect((await messages()).at(-1)).toMatchObject({ status: 'streaming' });
});

test('Ctrl-C stops the answer and ends the pipe', async () => {
  ollama.script({ text: ['Drink ', 'water.'], fault: 'stall', after: 1 });
  const cli = chat();
  cli.say('What helps?');
  cli.say('And then?');
  await cli.wrote('Drink ');
  cli.interrupt();
  const { code, stdout, stderr } = await cli.ended();
  expect([code, stderr]).toEqual([130, 'stopped\n']);
  const [, answer, ...others] = await messages();
  expect(answer).toMatchObject({ status: 'stopped' });
  expect(stdout).toBe(`${answer?.content}\n`);
  expect(others).toEqual([]);
});

test('Ctrl-C while no answer runs ends the chat', async () => {
  const cli = chat();
  cli.say('What helps?');
  await cli.wrote(END);
  cli.interrupt();
  expect(await cli.ended()).toMatchObject({ code: 130, stdout: `Drink water.${END}` });
});

test('a failed answer is reported on stderr and by the exit code, and the next line is sent', async () => {
  ollama.script({ fault: 'error' });
  const { code, stdout, stderr } = await chat([], { input: 'What helps?\nAnd then?\n' }).ended();
  expect([code, stdout]).toEqual([1, `Drink water.${END}`]);
  expect(stderr).toMatch(/^failed: .* \(llm_failed\)\n$/);
});

test('a refused token is reported in one line', async () => {
  const { code, stdout, stderr } = await chat(['--token', 'canary'], { input: 'What helps?\n' }).ended();
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^veda-gateway: .*\n$/);
  expect(stderr).not.toContain('canary');
});

describe('over a connection that breaks', () => {
  let proxy: TcpProxy;

  beforeAll(async () => {
    proxy = await startTcpProxy(Number(new URL(app.url).port));
  });

  afterAll(() => proxy.stop());

  test.each(['socketio', 'websocket', 'sse', 'polling'])(
    'over %s an answer continues, and is printed exactly as it was written',
    async (transport) => {
      const text = Array.from({ length: 200 }, (_, index) => `${index} drops of tea — ☕, `);
      ollama.script({ text, tokensPerSecond: 400 });
      const before = proxy.cuts;
      // A page of messages is compressed once it is large enough, in the middle of the answer.
      proxy.cutReplyWith(transport === 'polling' ? 'Content-Encoding: gzip' : '100 drops');
      const cli = chat(['--transport', transport], {}, proxy.url.replace('redis', 'http'));
      cli.say('What helps?');
      cli.end();
      const { code, stdout, stderr } = await cli.ended();
      expect(proxy.cuts).toBe(before + 1);
      const answer = (await messages()).at(-1);
      expect(answer).toMatchObject({ status: 'complete', content: text.join('') + END.trimEnd() });
      expect([code, stdout]).toEqual([0, `${answer?.content}\n`]);
      // Polling opens a connection for each request, so it notices no loss.
      if (transport !== 'polling') expect(stderr).toMatch(/^(connection lost …|no connection; .*)\n/);
    },
  );
});

test('files go with the first message, also without a line', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'veda-attach-'));
  const paths = [join(folder, 'one.png'), join(folder, 'two.png')];
  for (const path of paths) await writeFile(path, await files.png());
  const attach = paths.flatMap((path) => ['--attach', path]);
  const asked = await chat(attach, { input: 'What is this?\nAnd now?\n' }).ended();
  expect([asked.code, asked.stderr]).toEqual([0, '']);
  const silent = await chat(attach.slice(0, 2), { input: '' }).ended();
  expect([silent.code, silent.stderr]).toEqual([0, '']);
  const sent = (await messages()).filter(({ role }) => role === 'user');
  expect(sent.map(({ content, attachments }) => [content, attachments.length])).toEqual([
    ['What is this?', 2],
    ['And now?', 0],
    ['', 1],
  ]);
  await rm(folder, { recursive: true });
});

test('a file that cannot be read is a mistake of the command line, and one that is no picture is not sent', async () => {
  const missing = await chat(['--attach', '/nowhere/rash.png'], { input: 'What is this?\n' }).ended();
  expect([missing.code, missing.stderr]).toEqual([
    2,
    expect.stringContaining('/nowhere/rash.png cannot be read (ENOENT)'),
  ]);
  const refused = await chat(['--attach', import.meta.filename], { input: 'What is this?\n' }).ended();
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('not sent: images are PNG')]);
  expect(await messages()).toEqual([]);
});
