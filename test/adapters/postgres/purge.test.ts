import { createHash, randomUUID } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { PostgresAccountStore } from '../../../src/adapters/postgres/account-store.js';
import { PostgresAttachmentStore } from '../../../src/adapters/postgres/attachment-store.js';
import { PostgresPurge } from '../../../src/adapters/postgres/purge.js';
import { PostgresUserDeletion } from '../../../src/adapters/postgres/user-deletion.js';
import { fill } from '../../support/backlog.js';
import { accept, newUser, openRows, type Rows, request } from '../../support/rows.js';

let rows: Rows;
let purge: PostgresPurge;
let accounts: PostgresAccountStore;

beforeEach(async () => {
  rows = await openRows();
  purge = new PostgresPurge(rows.database, { logSeconds: 3600 });
  accounts = new PostgresAccountStore(rows.database);
});

afterEach(() => rows.close());

const aHash = () => createHash('sha256').update(randomUUID()).digest();
const count = async (table: string) => Number((await rows.database(table).count('* as n'))[0]?.['n']);
const ago = (interval: string) => rows.database.raw(`now() - interval '${interval}'`);

async function purgeAll(): Promise<number> {
  let batches = 0;
  while (await purge.purge()) batches++;
  return batches;
}

async function demoUser(): Promise<{ id: string; sessionId: string; token: Buffer }> {
  const [id, sessionId, token] = [uuidv7(), uuidv7(), aHash()];
  await accounts.createUser({ id, name: null }, { id: sessionId, refreshHash: token });
  return { id, sessionId, token };
}

test('a long conversation is gone at once, and its rows batch by batch', async () => {
  await fill(rows, 1, 3000, false);
  await rows.database('generations').update({ ended_at: ago('2 hours'), log_closed_at: ago('2 hours') });
  const [conversation] = await rows.database('conversations').select('id', 'user_id');
  const { id, user_id: userId } = conversation as { id: string; user_id: string };
  const other = (await rows.conversations.create(userId, null)).id;
  const kept = await accept(rows, request(userId, other));
  const { ref } = await accept(rows, request(userId, id));
  const claim = await rows.generations.claim(ref.messageId, randomUUID(), 60_000);
  if (!claim) throw new Error('not claimed');
  const ended = await rows.database('generations').where({ conversation_id: id, seq: 7 }).first('id');

  // Of 3,001 answers one can still have a log.
  expect(await rows.conversations.remove(userId, id)).toEqual([ref]);

  expect(await rows.conversations.find(userId, id)).toBeUndefined();
  expect(await rows.conversations.list(userId, 10)).toHaveLength(1);
  expect(await rows.conversations.state(userId, id)).toBeUndefined();
  expect(await rows.conversations.history(userId, id, 10)).toBeUndefined();
  expect(await rows.conversations.message(userId, id, ended.id)).toBeUndefined();
  expect(await rows.conversations.accept(request(userId, id))).toEqual({ kind: 'not_found' });
  expect(await rows.conversations.remove(userId, id)).toBeUndefined();
  expect(await rows.reader.find(id, 7)).toEqual({ kind: 'gone' });
  expect(await rows.reader.progress(id)).toEqual({ kind: 'gone' });
  expect(await rows.reader.page(ended.id, 0)).toBe('');
  expect(await rows.reader.message(ended.id)).toBeUndefined();
  expect(await rows.generations.ownership(claim)).toBe('gone');
  expect(await rows.generations.finish(claim, 'text', { status: 'complete' })).toMatchObject({
    ownership: 'gone',
  });

  expect(await purgeAll()).toBeGreaterThan(5);
  expect(await rows.database('messages').pluck('id')).toHaveLength(2);
  expect(await rows.database('generations').pluck('id')).toEqual([kept.ref.messageId]);
  expect(await rows.database('conversations').pluck('id')).toEqual([other]);
});

test('a user with many conversations and sessions is removed in batches', async () => {
  const { id: userId, sessionId } = await demoUser();
  for (let index = 0; index < 450; index++) await rows.conversations.create(userId, null);
  const last = (await rows.conversations.create(userId, null)).id;
  const { ref } = await accept(rows, request(userId, last));
  await rows.database.raw(
    `insert into login_sessions (id, user_id, expires_at)
     select gen_random_uuid(), ?, now() + interval '1 day' from generate_series(1, 500)`,
    [userId],
  );
  const neighbour = await newUser(rows);
  const deletion = new PostgresUserDeletion(rows.database, 3600);
  expect(await deletion.deleteUser(userId)).toBe(true);
  expect(await deletion.deleteUser(userId)).toBe(false);
  expect(await deletion.disownConversations(userId)).toEqual({ answers: 1, logs: [ref] });
  expect(await accounts.isLive(userId, sessionId)).toBe(false);
  expect(await purgeAll()).toBeGreaterThan(20);
  expect(await rows.database('users').pluck('id')).toEqual([neighbour]);
  expect(await count('login_sessions')).toBe(0);
  expect(await count('conversations')).toBe(0);
});

test('refresh tokens that were used a day ago go, and the session lives on', async () => {
  const { sessionId, token } = await demoUser();
  let current = token;
  for (let refresh = 0; refresh < 5; refresh++) {
    const next = aHash();
    await accounts.rotate(current, next);
    current = next;
  }
  await purgeAll();
  expect(await count('refresh_tokens')).toBe(6);
  await rows.database.raw(`update refresh_tokens set used_at = used_at - interval '2 days'`);
  await purgeAll();
  expect(await rows.database('refresh_tokens').pluck('hash')).toEqual([current]);
  expect(await accounts.rotate(current, aHash())).toMatchObject({ kind: 'rotated', sessionId });
});

test('expired sessions go, with demo users and what they wrote; others stay', async () => {
  const [over, lasting] = [await demoUser(), await demoUser()];
  const conversation = (await rows.conversations.create(over.id, null)).id;
  await accept(rows, request(over.id, conversation));
  const local = { id: uuidv7(), name: null, login: { email: 'ann@example.org', passwordHash: 'hash' } };
  const session = { id: uuidv7(), refreshHash: aHash() };
  await accounts.createUser(local, session);
  await rows
    .database('login_sessions')
    .whereIn('id', [over.sessionId, session.id])
    .update({ created_at: ago('40 days'), expires_at: ago('2 days') });
  await purgeAll();
  expect(new Set(await rows.database('users').pluck('id'))).toEqual(new Set([lasting.id, local.id]));
  expect(await rows.database('login_sessions').pluck('id')).toEqual([lasting.sessionId]);
  expect(await count('refresh_tokens')).toBe(1);
  expect(await count('conversations')).toBe(0);
});

test('tickets that nobody came for go', async () => {
  const { id } = await demoUser();
  const ticket = () => accounts.saveTicket(aHash(), { userId: id, expiresAt: new Date(Date.now() + 60_000) });
  await ticket();
  await rows.database('stream_tickets').update({ expires_at: ago('1 second') });
  await ticket();
  await purgeAll();
  expect(await count('stream_tickets')).toBe(1);
});

test('conversations that were not used for longer than they are kept go; others stay', async () => {
  const user = await newUser(rows);
  const old = async (updated: string) => {
    const { id } = await rows.conversations.create(user, null);
    const { ref } = await accept(rows, request(user, id));
    // As if it had been made 100 days ago.
    const aged = `${(Date.now() - 100 * 86_400_000).toString(16).padStart(12, '0')}${id.replaceAll('-', '').slice(12)}`;
    await rows.database.transaction(async (transaction) => {
      await transaction.raw(
        'insert into conversations select ?::uuid, user_id, title, last_seq, created_at, now() - ?::interval from conversations where id = ?',
        [aged, updated, id],
      );
      await transaction('generations').where({ conversation_id: id }).update({ conversation_id: aged });
      await transaction('messages').where({ conversation_id: id }).update({ conversation_id: aged });
      await transaction('conversations').where({ id }).delete();
    });
    return {
      id: (await rows.database('generations').where({ id: ref.messageId }).first('conversation_id'))
        .conversation_id as string,
      ref,
    };
  };
  const [unused, used] = [await old('31 days'), await old('29 days')];
  const young = (await rows.conversations.create(user, null)).id;
  await rows
    .database('conversations')
    .where({ id: young })
    .update({ updated_at: ago('29 days') });

  await purgeAll();
  expect(await count('conversations')).toBe(3);

  purge = new PostgresPurge(rows.database, { logSeconds: 3600, retentionDays: 30 });
  await purge.purge();
  expect(await rows.conversations.find(user, unused.id)).toBeUndefined();
  await purgeAll();
  expect(new Set(await rows.database('conversations').pluck('id'))).toEqual(new Set([used.id, young]));
  expect(await rows.database('log_erasures').pluck('generation_id')).toEqual([unused.ref.messageId]);
  expect(await count('messages')).toBe(2);
});

test('more unused conversations than one step takes are all deleted, also in a second round', async () => {
  const user = await newUser(rows);
  await rows.database.raw(
    `insert into conversations (id, user_id, created_at, updated_at)
     select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, ?, now(),
       case when n % 3 = 0 then now() else now() - interval '40 days' end
     from generate_series(1, 2500) n`,
    [user],
  );
  purge = new PostgresPurge(rows.database, { logSeconds: 3600, retentionDays: 30 });
  const unused = () =>
    rows
      .database('conversations')
      .whereNotNull('user_id')
      .where('updated_at', '<', ago('30 days'))
      .count('* as n');
  // What is left to be looked at is no reason to hurry: such steps return false when nothing else is to be removed.
  while (Number((await unused())[0]?.['n']) > 0) await purge.purge();
  await rows
    .database('conversations')
    .where({ user_id: user })
    .update({ updated_at: ago('40 days') });
  while (Number((await unused())[0]?.['n']) > 0) await purge.purge();
  await purgeAll();
  expect(await count('conversations')).toBe(0);
});

test('token counts of days that are over go', async () => {
  const day = (age: number) => rows.database.raw(`(now() at time zone 'utc')::date - ${age}`);
  const userId = await newUser(rows);
  await rows
    .database('token_usage')
    .insert([0, 2, 9].map((age) => ({ user_id: userId, day: day(age), tokens: 1 })));
  await purgeAll();
  expect(await count('token_usage')).toBe(1);
});

describe('attachments', () => {
  const add = async (userId: string, bytes = 10): Promise<string> => {
    const content = Buffer.alloc(bytes, 'x');
    const store = new PostgresAttachmentStore(rows.database, uuidv7);
    const added = await store.add(userId, { kind: 'audio', mediaType: 'audio/wav', content });
    if (typeof added === 'string') throw new Error(added);
    return added.id;
  };

  test('that no message got within a day are removed, in small batches', async () => {
    const userId = await newUser(rows);
    for (let n = 0; n < 45; n++) await add(userId);
    await rows.database('attachments').update({ created_at: ago('25 hours') });
    const young = await add(userId);
    const { id } = await rows.conversations.create(userId, null);
    const used = await add(userId);
    const operation = { kind: 'send', text: '', attachments: [used], whenBusy: 'queue' } as const;
    await accept(rows, request(userId, id, { operation }));
    await rows
      .database('attachments')
      .where({ id: used })
      .update({ created_at: ago('25 hours') });
    expect(await purgeAll()).toBe(2);
    const left = await rows.database('attachments').select('id');
    expect(new Set(left.map((row) => row.id))).toEqual(new Set([young, used]));
    expect(await count('attachment_pieces')).toBe(2);
  });

  test('go with their messages, in small batches', async () => {
    const userId = await newUser(rows);
    const { id } = await rows.conversations.create(userId, null);
    for (let n = 0; n < 25; n++) {
      const operation = {
        kind: 'send',
        text: '',
        attachments: [await add(userId)],
        whenBusy: 'queue',
      } as const;
      await accept(rows, request(userId, id, { operation }));
    }
    await rows.conversations.remove(userId, id);
    await purge.purge();
    expect(await count('attachments')).toBe(5);
    expect(await count('messages')).toBe(50);
    await purgeAll();
    expect(await count('attachments')).toBe(0);
    expect(await count('attachment_pieces')).toBe(0);
    expect(await count('messages')).toBe(0);
  });

  test('of a user who is no more are removed whether used or not', async () => {
    const userId = await newUser(rows);
    await add(userId, 600_000);
    await rows.database('users').where({ id: userId }).delete();
    expect(await count('attachments')).toBe(1);
    await purgeAll();
    expect(await count('attachment_pieces')).toBe(0);
  });
});
