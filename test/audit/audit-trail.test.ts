import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { PostgresAuditStore } from '../../src/adapters/postgres/audit-store.js';
import { connectDatabase } from '../../src/adapters/postgres/database.js';
import { SystemClock } from '../../src/adapters/system-clock.js';
import { AuditTrail } from '../../src/audit/trail.js';
import { verifyAudit } from '../../src/audit/verify.js';
import type { AuditEvent } from '../../src/kernel/audit.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';

const KEY = Buffer.from('the key that signs the heads of the trail');
const clock = new SystemClock();

let created: TestDatabase;
let database: Knex;
let store: PostgresAuditStore;

beforeEach(async () => {
  created = await createDatabase();
  database = connectDatabase(created.url, { poolMax: 5 });
  store = new PostgresAuditStore(database);
});

afterEach(async () => {
  await database.destroy();
  await created.drop();
});

function newTrail(failures: unknown[] = []): AuditTrail {
  return new AuditTrail({
    store,
    clock,
    key: KEY,
    writer: randomUUID(),
    onFailure: (error) => failures.push(error),
  });
}

const event = (fields: Partial<AuditEvent> = {}): AuditEvent => ({
  operation: 'listMessages',
  kind: 'read',
  outcome: 'success',
  userId: randomUUID(),
  conversationId: randomUUID(),
  address: '192.0.2.1',
  requestId: 'request-1',
  ...fields,
});

/** One process after the other, with `counts` events each, and a start and a stop. */
async function write(...counts: number[]): Promise<void> {
  for (const count of counts) {
    const trail = newTrail();
    trail.start();
    for (let n = 0; n < count; n++) trail.record(event());
    await trail.stop();
  }
}

/** As somebody may who is the owner of the table. */
async function tamper(sql: string, bindings: Knex.RawBinding[] = []): Promise<void> {
  await database.raw('alter table audit_events disable trigger user');
  await database.raw(sql, bindings);
  await database.raw('alter table audit_events enable trigger user');
}

const problems = async () => (await verifyAudit(store, KEY)).problems;
const writers = () => store.writers();

test('chains of several processes are whole, in the order of the calls', async () => {
  const trails = [newTrail(), newTrail(), newTrail()];
  for (const trail of trails) trail.start();
  for (let n = 0; n < 700; n++) for (const trail of trails) trail.record(event({ requestId: String(n) }));
  await Promise.all(trails.map((trail) => trail.stop()));
  const { chains, entries, heads } = await verifyAudit(store, KEY);
  expect({ chains, entries, problems: await problems() }).toEqual({
    chains: 3,
    entries: 3 * 702,
    problems: [],
  });
  expect(heads).toHaveLength(3);
  const [writer = ''] = await writers();
  const requests: unknown[] = [];
  for await (const { requestId } of store.entries(writer)) requests.push(requestId);
  expect(requests.slice(1, -1)).toEqual(Array.from({ length: 700 }, (_, n) => String(n)));
});

test.each([
  [
    'a changed entry',
    `update audit_events set user_id = gen_random_uuid() where seq = 3`,
    /entry 3 was changed/,
  ],
  [
    'a changed time',
    `update audit_events set at = at - interval '1 hour' where seq = 3`,
    /entry 3 was changed/,
  ],
  ['a removed entry', 'delete from audit_events where seq = 3', /entry 3 is missing/],
  ['a removed start', 'delete from audit_events where seq = 1', /entry 1 is missing/],
  ['a removed end', 'delete from audit_events where seq >= 10', /ends at entry 9, and its head says 12/],
  [
    'a moved head',
    `with cut as (delete from audit_events where seq >= 10)
     update audit_heads set seq = 9, hash = (select hash from audit_events where seq = 9)`,
    /not signed with this key/,
  ],
  [
    'an entry between others',
    `insert into audit_events select writer, 13, at, operation, kind, outcome, code, user_id, session_id, conversation_id,
       message_id, address, request_id, count, null, null, null, hash from audit_events where seq = 12`,
    /entry 13 was changed/,
  ],
  ['removed entries of a chain', 'delete from audit_events', /all its entries are missing/],
])('%s is found', async (_, sql, found) => {
  await write(10);
  expect(await problems()).toEqual([]);
  await tamper(sql);
  expect(await problems()).toEqual([expect.stringMatching(found)]);
});

test('a whole chain that is removed with its head is missed by the one that came after it', async () => {
  await write(3, 3, 3);
  expect(await problems()).toEqual([]);
  const [, second = ''] = await writers();
  await tamper('delete from audit_events where writer = ?', [second]);
  await database('audit_heads').where({ writer: second }).delete();
  expect(await problems()).toEqual([expect.stringContaining(`chain ${second}`)]);
});

test('a trail that was put back to an older state is found with heads that were kept elsewhere', async () => {
  await write(3);
  const { heads } = await verifyAudit(store, KEY);
  await tamper('delete from audit_events');
  await database('audit_heads').delete();
  expect(await problems()).toEqual([]);
  expect((await verifyAudit(store, KEY, heads)).problems).toEqual([
    expect.stringContaining(String(heads[0]?.writer)),
  ]);
});

test('another key has signed nothing', async () => {
  await write(1);
  const { problems: found } = await verifyAudit(store, Buffer.from('not the key that signs'));
  expect(found).toEqual([expect.stringContaining('not signed with this key')]);
});

test('entries are never changed or removed, and a role that may only insert and select writes them', async () => {
  await write(1);
  for (const sql of [
    'update audit_events set code = null',
    'delete from audit_events',
    'truncate audit_events',
  ]) {
    await expect(database.raw(sql)).rejects.toThrow('audit events are never changed or removed');
  }
  const role = `auditor_${randomUUID().replaceAll('-', '')}`;
  await database.raw(`create role ${role} login password 'auditor'`);
  await database.raw(`grant insert, select on audit_events to ${role}`);
  await database.raw(`grant insert, select, update on audit_heads to ${role}`);
  const limited = connectDatabase(
    Object.assign(new URL(created.url), { username: role, password: 'auditor' }).href,
    { poolMax: 1 },
  );
  const trail = new AuditTrail({
    store: new PostgresAuditStore(limited),
    clock,
    key: KEY,
    writer: randomUUID(),
    onFailure: (error) => {
      throw error;
    },
  });
  trail.start();
  await trail.stop();
  await expect(limited.raw('delete from audit_events')).rejects.toMatchObject({ code: '42501' });
  await limited.destroy();
  expect(await verifyAudit(store, KEY)).toMatchObject({ chains: 2, problems: [] });
  await database.raw(`drop owned by ${role}`);
  await database.raw(`drop role ${role}`);
});

test('events wait while the database is away, and none is lost or doubled', async () => {
  const failures: unknown[] = [];
  const trail = newTrail(failures);
  await database.raw('alter table audit_events rename to away');
  trail.start();
  for (let n = 0; n < 50; n++) trail.record(event());
  while (failures.length < 2) await new Promise(setImmediate);
  await database.raw('alter table away rename to audit_events');
  await trail.stop();
  expect(await verifyAudit(store, KEY)).toMatchObject({ entries: 52, problems: [] });
});

test('what does not fit while the database is away is counted', async () => {
  const trail = newTrail();
  for (let n = 0; n < 20_100; n++) trail.record(event());
  trail.start();
  await trail.stop();
  const lost = await database('audit_events').where({ operation: 'auditLost' }).first('count', 'outcome');
  // The start and the stop did not fit either.
  expect(lost).toEqual({ count: 102, outcome: 'failed' });
  expect(await problems()).toEqual([]);
});

test('refusals that repeat are one entry with their count', async () => {
  const trail = newTrail();
  trail.start();
  const refused = event({ outcome: 'refused', code: 'unauthorized' });
  for (let n = 0; n < 1000; n++) trail.record(refused);
  for (let n = 0; n < 5000; n++)
    trail.record({ ...refused, address: `192.0.2.${n}`, conversationId: undefined });
  await trail.stop();
  const kept = await database('audit_events').where({ outcome: 'refused' }).select('address', 'count');
  expect(kept.filter(({ address }) => address === '192.0.2.1').map(({ count }) => count)).toEqual([
    1, 1, 999,
  ]);
  expect(kept.reduce((sum, { count }) => sum + count, 0)).toBe(6000);
  expect(kept.length).toBeLessThan(1100);
});
