import type { Finding } from '../../src/cli/doctor/finding.js';
import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Person } from '../support/client.js';
import { TypedCli } from '../support/terminal.js';
import { type Fault, startBrokenServer } from './broken-server.js';

let app: TestApp;
let person: Person;
let other: Person;

beforeAll(async () => {
  app = await startTestApp({ DEV_LLM_TOKENS_PER_SECOND: '100' });
  [person, other] = await Promise.all([Person.register(app.url), Person.register(app.url)]);
});
afterAll(() => app.stop());

async function examine(url: string, ...args: string[]): Promise<{ code: number; findings: Finding[] }> {
  const env = { VEDA_TOKEN: person.token, VEDA_OTHER_TOKEN: other.token };
  const cli = new TypedCli(['conformance', url, '--json', ...args], env);
  const code = await cli.exit;
  expect(cli.stderr).toBe('');
  return { code, findings: (JSON.parse(cli.stdout) as { findings: Finding[] }).findings };
}

test('our own gateway keeps every rule', async () => {
  const { code, findings } = await examine(app.url);
  expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
  expect(findings).toHaveLength(16);
  expect(code).toBe(0);
});

test('the report is for people to read, and says what to look at', async () => {
  const cli = new TypedCli(['conformance', app.url, '--idle', '0'], { VEDA_TOKEN: person.token });
  expect(await cli.exit).toBe(0);
  expect(cli.stdout).toMatch(/^ok {4}cursors {6}each frame’s cursor is after the one before/m);
  expect(cli.stdout).toMatch(/^warn {2}heartbeat .*\n *→ with --idle 20/m);
  expect(cli.stdout).toMatch(/0 failed, 2 to look at, 14 ok/);
});

test('a server that cannot be reached, and no server, are told apart from a broken one', async () => {
  const nowhere = new TypedCli(['conformance', 'http://127.0.0.1:9'], { VEDA_TOKEN: person.token });
  expect(await nowhere.exit).toBe(1);
  const nothing = new TypedCli(['conformance']);
  expect(await nothing.exit).toBe(2);
});

/** The events of a stream that are of this type. */
const ofType = (text: string, type: string): string[] =>
  text.match(/(?:^.+\n)+\n/gm)?.filter((event) => event.includes(`"type":"${type}"`)) ?? [];

const BROKEN: readonly [what: string, about: string, fault: Fault][] = [
  ['drops a chunk', 'text', { events: (text) => text.replace(ofType(text, 'chunk')[0] ?? '', '') }],
  [
    'gives the same cursor twice',
    'cursors',
    {
      events: (text) => {
        const [before = '', after = ''] = ['accepted', 'chunk'].map(
          (type) => /^id: (.+)$/m.exec(ofType(text, type)[0] ?? '')?.[1],
        );
        return text.replaceAll(after, before);
      },
    },
  ],
  ['sends no reset', 'reset', { frame: (text) => (text.includes('"type":"reset"') ? undefined : text) }],
  ['closes with another code', 'closing', { closeCode: (code) => (code === 4001 ? 4000 : code) }],
  [
    'ends an answer twice',
    'frames',
    { events: (text) => text.replace(ofType(text, 'done')[0] ?? '', (done) => done + done) },
  ],
  [
    'leaves the disclaimer out',
    'disclaimer',
    {
      body: (text) => text.replaceAll(JSON.stringify(`\n\n${DISCLAIMER}`).slice(1, -1), ''),
    },
  ],
  [
    'shows another user’s conversation',
    'privacy',
    { token: (path) => (path.includes(theirs()) ? other.token : undefined) },
  ],
  [
    'takes a cursor past the end',
    'bad cursor',
    { path: (path) => path.replace(/cursor=\d+\.\d+\.\d+$/, 'cursor=1.0.0') },
  ],
  ['names its events', 'events', { events: (text) => text.replaceAll('data: ', 'event: frame\ndata: ') }],
  [
    'stores a repeated message again',
    'repeat',
    { body: (text) => text.replace('"duplicate":true', '"duplicate":false') },
  ],
];

/** The conversations that the kit makes: the user's, then the other user's. */
let known: string[] = [];
const theirs = (): string => known[1] ?? 'none';

test.each(BROKEN)('a server that %s is found', async (_what, about, fault) => {
  const watch: Fault = {
    ...fault,
    body: (text) => {
      const id = /^\{"id":"([\w-]{36})","title"/.exec(text)?.[1];
      if (id !== undefined) known.push(id);
      return fault.body?.(text) ?? text;
    },
  };
  known = [];
  const server = await startBrokenServer(app.url, watch);
  try {
    const { code, findings } = await examine(server.url, '--idle', '0');
    expect(findings.filter(({ level }) => level === 'fail').map((finding) => finding.about)).toContain(about);
    expect(code).toBe(1);
  } finally {
    await server.stop();
  }
});

test('a server whose heartbeat ends an event is found', async () => {
  const server = await startBrokenServer(app.url, { pieces: (text) => text.replace(/^: hb\n/m, ': hb\n\n') });
  try {
    const { code, findings } = await examine(server.url);
    expect(findings.filter(({ level }) => level === 'fail').map(({ about }) => about)).toEqual(['heartbeat']);
    expect(code).toBe(1);
  } finally {
    await server.stop();
  }
});
