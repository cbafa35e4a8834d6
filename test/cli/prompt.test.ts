import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import { type OllamaDouble, startOllamaDouble } from '../doubles/ollama/server.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Person } from '../support/client.js';
import { CTRL_C, CTRL_D, TypedCli } from '../support/terminal.js';

const END = `\n\n${DISCLAIMER}\n`;
const STALLED = { text: ['Drink ', 'water.'], fault: 'stall', after: 1 } as const;

let ollama: OllamaDouble;
let app: TestApp;
let person: Person;
let cli: TypedCli;

beforeAll(async () => {
  ollama = await startOllamaDouble();
  ollama.defaultScript({ text: 'Rest.' });
  app = await startTestApp({ LLM_PROVIDER: 'ollama', OLLAMA_HOST: ollama.url });
  person = await Person.register(app.url);
});

afterAll(async () => {
  await app.stop();
  await ollama.stop();
});

async function atPrompt(...args: string[]): Promise<void> {
  cli = new TypedCli(['chat', '--url', app.url, ...args], { VEDA_TOKEN: person.token });
  await cli.shows('> ');
}

async function statuses(): Promise<string[]> {
  const [, id] = /conversation ([\da-f-]{36})/.exec(cli.stderr) ?? [];
  const { body } = await person.call('GET', `/api/conversations/${id}/messages`);
  return body.items.map(({ status }: { status: string }) => status);
}

test('answers what is typed, and Ctrl-D ends the chat', async () => {
  await atPrompt();
  cli.enter('What helps?');
  await cli.shows(END);
  cli.enter('And then?');
  await cli.shows(END, 2);
  cli.type(CTRL_D);
  expect(await cli.exit).toBe(0);
  expect(cli.stdout).toBe(`Rest.${END}`.repeat(2));
});

test('Ctrl-C stops an answer, and ends the chat at the prompt', async () => {
  ollama.script(STALLED);
  await atPrompt();
  cli.enter('What helps?');
  await cli.shows('Drink ');
  cli.type(CTRL_C);
  await cli.shows('stopped');
  expect(await statuses()).toEqual(['complete', 'stopped']);
  await cli.shows('> ', 2);
  cli.type(CTRL_C);
  expect(await cli.exit).toBe(0);
});

test('/stop works while the answer runs, and /regenerate makes another', async () => {
  ollama.script(STALLED);
  await atPrompt();
  cli.enter('What helps?');
  await cli.shows('Drink ');
  cli.enter('/stop');
  await cli.shows('stopped');
  cli.enter('/regenerate');
  await cli.shows('Rest.');
  await cli.shows(END, 2);
  expect(await statuses()).toEqual(['complete', 'stopped', 'complete']);
  cli.enter('/quit');
  expect(await cli.exit).toBe(0);
});

test('/transport and /cut change the connection, not the text', async () => {
  await atPrompt('--transport', 'socketio');
  await cli.shows('live over Socket.IO');
  cli.enter('/transport sse');
  await cli.shows('over SSE');
  cli.enter('/cut');
  await cli.shows('connection lost');
  await cli.shows('again over SSE');
  cli.enter('What helps?');
  await cli.shows(END);
  cli.enter('/transport pigeon');
  await cli.shows('a transport is one of socketio');
  cli.type(CTRL_D);
  await cli.exit;
  expect(cli.stdout).toBe(`Rest.${END}`);
});

test('/new begins another conversation, and /history shows the one', async () => {
  await atPrompt();
  cli.enter('What helps?');
  await cli.shows(END);
  cli.enter('/history');
  await cli.shows('> What helps?\nRest.');
  cli.enter('/new');
  await cli.shows('conversation ', 2);
  cli.enter('And then?');
  await cli.shows(END, 3);
  cli.enter('/help');
  await cli.shows('/regenerate');
  cli.enter('/dance');
  await cli.shows('unknown command /dance');
  cli.enter('/quit');
  await cli.exit;
  const { body } = await person.call('GET', '/api/conversations?limit=2');
  for (const { id } of body.items) {
    const page = await person.call('GET', `/api/conversations/${id}/messages`);
    expect(page.body.items).toHaveLength(2);
  }
});

test('a running answer is printed to its end', async () => {
  ollama.script({ ...STALLED, times: 1 });
  const conversation = await person.newConversation();
  await person.send(conversation, 'What helps?');
  cli = new TypedCli(['chat', '--url', app.url, '--conversation', conversation], {
    VEDA_TOKEN: person.token,
  });
  await cli.shows('Drink ');
  cli.type(CTRL_C);
  await cli.shows('stopped');
  cli.type(CTRL_D);
  expect(await cli.exit).toBe(0);
});

test('a password is asked for, and not shown', async () => {
  const typed = new TypedCli(['token', '--url', app.url, '--email', 'ada@example.org']);
  await typed.shows('Password: ');
  typed.enter('canary');
  expect(await typed.exit).toBe(1);
  expect(typed.stderr).toBe('Password: \nveda-gateway: the email or the password is wrong\n');
  expect(typed.stdout).toBe('');
});

test('a new password is asked for twice, and Ctrl-C ends the command', async () => {
  const slip = new TypedCli(['user', 'add', '--email', 'ada@example.org']);
  await slip.shows('Password: ');
  slip.enter('correct horse');
  await slip.shows('Again: ');
  slip.enter('correct house');
  expect([await slip.exit, slip.stderr]).toEqual([
    1,
    'Password: \nAgain: \nveda-gateway: the passwords are not the same\n',
  ]);
  const left = new TypedCli(['user', 'add', '--email', 'ada@example.org']);
  await left.shows('Password: ');
  left.type(CTRL_C);
  expect([await left.exit, left.stderr]).toEqual([130, 'Password: \n']);
});
