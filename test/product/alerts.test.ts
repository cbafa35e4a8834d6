import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Frame } from '../../src/protocol/frames.js';
import { Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import { withClient } from '../support/postgres.js';
import { Product } from '../support/product.js';
import { scrape } from '../support/scrape.js';

const DANGER = 'I have chest pain and my left arm hurts.';

/** Rules of an operator's own. */
const OWN_RULES = `
locale: en
cues: { before: [not], after: [years ago], not: [not only] }
resources: { ward: [{ label: Ward 7, phone: 030 1234 }] }
rules:
  - id: fall
    version: 3
    severity: warning
    text: Somebody of ward 7 comes to you.
    resources: [ward]
    phrases: [fell, chest pain]
`;

let cluster: Cluster;
let gateway: Product;
let person: Person;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'veda-alerts-'));
  const keyFile = join(directory, 'key');
  await writeFile(keyFile, 'thirty-two bytes that sign the trail');
  await writeFile(join(directory, 'ward.yaml'), OWN_RULES);
  cluster = await Cluster.start({
    AUDIT_LOG: 'true',
    AUDIT_KEY_FILE: keyFile,
    METRICS_PORT: '0',
    LLM_IDLE_SECONDS: '300',
  });
  gateway = await cluster.gateway();
  person = await Person.register(gateway.url);
});

afterAll(async () => {
  await cluster.stop();
  await rm(directory, { recursive: true, force: true });
});

/** How many chunks a text comes in, and when a stream is up to date, depends on the speed of the machine. */
function typesInTurn(frames: readonly Frame[]): string[] {
  const types = frames.map(({ type }) => type).filter((type) => type !== 'ready');
  return types.filter((type, at) => type !== types[at - 1]);
}

test('an alert outlives the worker, and whoever resumes elsewhere has it before more of the answer', async () => {
  const [first, other] = await Promise.all([cluster.worker(), cluster.gateway()]);
  cluster.ollama.script({ text: ['Call ', 'for ', 'help.'], fault: 'stall', after: 2, times: 1 });
  cluster.ollama.defaultScript({ text: ['Call ', 'for ', 'help.'] });
  const conversation = await person.newConversation();
  let cursor = '';
  for await (const { frame } of person.sendAndStream(conversation, DANGER)) {
    if (frame.type !== 'chunk') continue;
    cursor = frame.cursor;
    break;
  }
  await first.stop('SIGKILL');

  const frames: Frame[] = [];
  let second: Product | undefined;
  const resumed = person.at(other.url).stream(conversation, { query: `?cursor=${cursor}&until=done` });
  for await (const { frame } of resumed) {
    frames.push(frame);
    if (frame.type === 'alert') second = await cluster.worker();
  }
  expect(typesInTurn(frames)).toEqual(['alert', 'chunk', 'done']);
  expect(frames[0]).toMatchObject({ alert: { rule: expect.stringMatching(/^chest-pain@/) } });
  expect(frames.at(-1)).toMatchObject({
    message: { status: 'complete', alert: { rule: expect.stringMatching(/^chest-pain@/) } },
  });
  await Promise.all([second?.stop(), other.stop()]);
});

test('an alert is an entry of the audit trail and a count: the rule, and no text', async () => {
  const { body: me } = await person.call('GET', '/api/me');
  const conversation = await person.newConversation();
  const before = (await scrape(gateway)).sum('veda_alerts_total');
  const sent = await person.send(conversation, DANGER, { client_message_id: 'once' });
  await person.send(conversation, DANGER, { client_message_id: 'once' });
  await person.send(conversation, 'I have a cough.');
  const alertEvents = async (): Promise<object[]> => {
    let found: object[] = [];
    await withClient(cluster.database.url, async (client) => {
      const sql = `select * from audit_events where user_id = $1 and conversation_id = $2 and operation = 'dangerAlert'`;
      found = (await client.query<object>(sql, [me.id, conversation])).rows;
    });
    return found;
  };
  let events = await alertEvents();
  while (events.length === 0) events = await alertEvents();
  expect(events).toEqual([
    expect.objectContaining({
      kind: 'execute',
      outcome: 'success',
      code: sent.body.message.alert.rule,
      message_id: sent.body.message.id,
    }),
  ]);
  expect(JSON.stringify(events)).not.toMatch(/chest pain|left arm/);
  expect((await scrape(gateway)).sum('veda_alerts_total')).toBe(before + 1);
});

test('an operator’s own rules take the place of ours; the same message at both is the same', async () => {
  const other = await cluster.gateway({ DANGER_RULES_DIR: directory });
  const conversation = await person.newConversation();
  const there = await person.at(other.url).send(conversation, DANGER, { client_message_id: 'same' });
  expect(there.body.message.alert).toEqual({
    rule: 'fall@3',
    severity: 'warning',
    text: 'Somebody of ward 7 comes to you.',
    resources: [{ label: 'Ward 7', phone: '030 1234' }],
  });
  const here = await person.send(conversation, DANGER, { client_message_id: 'same' });
  expect(here.status).toBe(202);
  expect(here.body).toMatchObject({ duplicate: true, message: { alert: { rule: 'fall@3' } } });
  await other.stop();
});

test.each([
  ['has no rules', undefined, /^veda-gateway: DANGER_RULES_DIR has no file that ends with \.yaml$/m],
  [
    'has a rule without a text',
    OWN_RULES.replace(/text: .*/, ''),
    /^veda-gateway: DANGER_RULES_DIR: own\.yaml: rules\.0\.text: .*$/m,
  ],
  [
    'refers to nobody',
    OWN_RULES.replace('[ward]', '[guard]'),
    /^veda-gateway: DANGER_RULES_DIR: own\.yaml: rule fall: there are no resources guard$/m,
  ],
  [
    'has a phrase that cannot be read',
    OWN_RULES.replace('[fell', '["... fell"'),
    /^veda-gateway: DANGER_RULES_DIR: own\.yaml: "\.\.\. fell" begins with "\.\.\."$/m,
  ],
])('a folder that %s stops the start with one line', async (_, rules, line) => {
  const folder = await mkdtemp(join(directory, 'rules-'));
  if (rules !== undefined) await writeFile(join(folder, 'own.yaml'), rules);
  const { code, stderr } = await Product.fails({
    DATABASE_URL: cluster.database.url,
    REDIS_URL: cluster.redis.url,
    JWT_SECRET: 'a secret of thirty-two bytes or more',
    ROLE: 'gateway',
    DANGER_RULES_DIR: folder,
  });
  expect(code).not.toBe(0);
  expect(stderr).toMatch(line);
});
