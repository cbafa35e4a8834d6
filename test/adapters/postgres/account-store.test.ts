import { randomBytes, randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { uuidv7 } from 'uuidv7';
import { hashOf } from '../../../src/account/opaque-token.js';
import type { Principal } from '../../../src/account/principal.js';
import { PostgresAccountStore } from '../../../src/adapters/postgres/account-store.js';
import { connectDatabase } from '../../../src/adapters/postgres/database.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
let db: Knex;
let store: PostgresAccountStore;

beforeAll(async () => {
  database = await createDatabase();
  db = connectDatabase(database.url, { poolMax: 10 });
  store = new PostgresAccountStore(db);
});

afterAll(async () => {
  await db.destroy();
  await database.drop();
});

const aHash = () => randomBytes(32);
const anEmail = () => `${randomUUID()}@example.org`;

async function createUser(email = anEmail()) {
  const session = { id: uuidv7(), refreshHash: aHash() };
  const login = { email, passwordHash: 'hash' };
  const created = await store.createUser({ id: uuidv7(), name: null, login }, session);
  if (created.kind !== 'created') throw new Error(created.kind);
  return { user: created.user, session };
}

describe('users', () => {
  it('are found by id, and by email whatever its case', async () => {
    const { user } = await createUser('Ada@Example.org');
    expect(await store.findUser(user.id)).toEqual(user);
    expect(await store.findPassword('ADA@example.ORG')).toEqual({ user, hash: 'hash' });
  });

  it('cannot share an email, whatever its case', async () => {
    const { user } = await createUser();
    const session = { id: uuidv7(), refreshHash: aHash() };
    const login = { email: String(user.email).toUpperCase(), passwordHash: 'hash' };
    expect(await store.createUser({ id: uuidv7(), name: null, login }, session)).toEqual({
      kind: 'email_taken',
    });
    expect(await db('login_sessions').where({ id: session.id })).toEqual([]);
  });

  it('are provisioned once, however many first sights there are at once', async () => {
    const sights = Array.from({ length: 20 }, () => store.provision(uuidv7(), 'https://issuer', 'someone'));
    const ids = new Set(await Promise.all(sights));
    expect(ids.size).toBe(1);
    expect(ids).toContain(await store.findOutsideUser('https://issuer', 'someone'));
    expect(await store.findOutsideUser('https://elsewhere', 'someone')).toBeUndefined();
  });

  it.each([
    ['nobody at all', {}],
    ['an email without a password', { email: 'a@b' }],
    ['an issuer without a subject', { issuer: 'i' }],
    ['local and outside', { email: 'a@b', password_hash: 'h', issuer: 'i', subject: 's' }],
    ['local and demo', { email: 'a@b', password_hash: 'h', is_demo: true }],
  ])('cannot be %s', async (_, columns) => {
    await expect(db('users').insert({ id: uuidv7(), ...columns })).rejects.toThrow(/check constraint/);
  });
});

describe('refresh tokens', () => {
  it('give way to their successor', async () => {
    const { user, session } = await createUser();
    const next = aHash();
    expect(await store.rotate(session.refreshHash, next)).toEqual({
      kind: 'rotated',
      user,
      sessionId: session.id,
    });
    expect(await store.rotate(next, aHash())).toMatchObject({ kind: 'rotated' });
  });

  it('leave one living successor after 200 uses at once', async () => {
    const { session } = await createUser();
    const next = aHash();
    const uses = Array.from({ length: 200 }, () => store.rotate(session.refreshHash, next));
    const kinds = new Set((await Promise.all(uses)).map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['rotated']));
    const living = await db('refresh_tokens').where({ session_id: session.id, used_at: null });
    expect(living).toMatchObject([{ hash: next }]);
  });

  it('end the session when one is used again after its successor was', async () => {
    const { session } = await createUser();
    const next = aHash();
    await store.rotate(session.refreshHash, next);
    await store.rotate(next, aHash());
    expect(await store.rotate(session.refreshHash, next)).toMatchObject({
      kind: 'reused',
      sessionId: session.id,
    });
    expect(await store.revokedAmong([session.id])).toEqual([session.id]);
  });

  it('end the session when one is used again after more than 10 s', async () => {
    const { session } = await createUser();
    const next = aHash();
    await store.rotate(session.refreshHash, next);
    await usedBefore(session.refreshHash, '9 seconds');
    expect(await store.rotate(session.refreshHash, next)).toMatchObject({ kind: 'rotated' });
    await usedBefore(session.refreshHash, '11 seconds');
    expect(await store.rotate(session.refreshHash, next)).toMatchObject({
      kind: 'reused',
      sessionId: session.id,
    });
    expect(await store.rotate(next, aHash())).toEqual({ kind: 'refused' });
  });

  it('are refused when unknown, expired or of a session that has ended', async () => {
    const { session: expired } = await createUser();
    await db('refresh_tokens')
      .where({ hash: expired.refreshHash })
      .update({ created_at: db.raw(`now() - interval '2 s'`), expires_at: db.raw(`now() - interval '1 s'`) });
    const { session: ended } = await createUser();
    await store.revokeSession(ended.id);
    for (const hash of [aHash(), expired.refreshHash, ended.refreshHash]) {
      expect(await store.rotate(hash, aHash())).toEqual({ kind: 'refused' });
    }
  });

  it('cannot fork: of a session one token is unused', async () => {
    const { session } = await createUser();
    const second = db('refresh_tokens').insert({
      hash: aHash(),
      session_id: session.id,
      expires_at: db.raw(`now() + interval '1 day'`),
    });
    await expect(second).rejects.toThrow(/refresh_tokens_one_unused/);
  });

  const usedBefore = (hash: Buffer, age: string) =>
    db('refresh_tokens')
      .where({ hash })
      .update({ used_at: db.raw('now() - ?::interval', [age]) });
});

describe('sessions', () => {
  it('are live for their own user until they are revoked or expire', async () => {
    const [{ user, session }, other] = [await createUser(), await createUser()];
    expect(await store.isLive(user.id)).toBe(true);
    expect(await store.isLive(user.id, session.id)).toBe(true);
    expect(await store.isLive(user.id, other.session.id)).toBe(false);
    expect(await store.isLive(uuidv7())).toBe(false);
    await store.revokeSession(session.id);
    await expire(other.session.id);
    expect(await store.isLive(user.id, session.id)).toBe(false);
    expect(await store.isLive(other.user.id, other.session.id)).toBe(false);
  });

  it('are told apart: revoked, expired and deleted ones from those that last', async () => {
    const [lasting, revoked, expired] = [await createUser(), await createUser(), await createUser()];
    await store.revokeSession(revoked.session.id);
    await expire(expired.session.id);
    const unknown = uuidv7();
    const asked = [lasting.session.id, revoked.session.id, expired.session.id, unknown];
    expect(new Set(await store.revokedAmong(asked))).toEqual(new Set(asked.slice(1)));
  });

  const expire = (id: string) =>
    db('login_sessions')
      .where({ id })
      .update({ created_at: db.raw(`now() - interval '2 s'`), expires_at: db.raw(`now() - interval '1 s'`) });
});

describe('stream tickets', () => {
  const inAMinute = () => new Date(Date.now() + 60_000);
  const save = async (principal: Principal) => {
    const hash = hashOf(randomUUID());
    await store.saveTicket(hash, principal);
    return hash;
  };

  it('give their principal to one of many who come at once', async () => {
    const { user, session } = await createUser();
    const principal = { userId: user.id, sessionId: session.id, expiresAt: inAMinute() };
    const hash = await save(principal);
    const redeemed = await Promise.all(Array.from({ length: 20 }, () => store.redeemTicket(hash)));
    expect(redeemed.filter((found) => found !== undefined)).toEqual([principal]);
  });

  it('serve a token without a session too', async () => {
    const { user } = await createUser();
    const principal = { userId: user.id, expiresAt: inAMinute() };
    expect(await store.redeemTicket(await save(principal))).toEqual(principal);
  });

  it('are worth nothing once they, their token or their session are over', async () => {
    const { user, session } = await createUser();
    const principal = { userId: user.id, sessionId: session.id, expiresAt: inAMinute() };
    const late = await save(principal);
    await db('stream_tickets').where({ hash: late }).update({ expires_at: db.fn.now() });
    const ofDeadToken = await save({ ...principal, expiresAt: new Date(Date.now() - 1) });
    const ofDeadSession = await save(principal);
    await store.revokeSession(session.id);
    for (const hash of [late, ofDeadToken, ofDeadSession]) {
      expect(await store.redeemTicket(hash)).toBeUndefined();
    }
  });
});
