import { randomUUID } from 'node:crypto';
import { type BrowserStorage, browserSession, createClient, createSession } from '../../src/client/index.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { isLive, viewWhere } from './support.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ ACCESS_TOKEN_SECONDS: '60' });
});

afterAll(() => app.stop());

function who(): { email: string; password: string } {
  return { email: `${randomUUID()}@example.org`, password: 'correct horse' };
}

/** What browsers keep, for all tabs. */
function storage(): BrowserStorage {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

/** A fetch that notes what was asked for. */
function noting(): { requests: string[]; fetch: typeof fetch } {
  const requests: string[] = [];
  return {
    requests,
    fetch: (input, init) => {
      requests.push(new URL(new Request(input).url).pathname);
      return fetch(input, init);
    },
  };
}

test('a user registers, signs out and in again', async () => {
  const session = createSession({ url: `${app.url}/` });
  expect(await session.user()).toBeNull();
  await expect(session.getToken()).rejects.toMatchObject({ problem: { code: 'unauthorized' } });
  const calls: boolean[] = [];
  session.subscribe(() => calls.push(true));

  const person = who();
  const user = await session.register(person);
  expect(user).toMatchObject({ email: person.email });
  const token = await session.getToken();
  await session.signOut();
  expect(await session.user()).toBeNull();
  const { status } = await fetch(`${app.url}/api/me`, { headers: { Authorization: `Bearer ${token}` } });
  expect(status).toBe(401);

  expect(await session.signIn(person)).toEqual(user);
  expect(calls).toHaveLength(3);
});

test('a refusal of the server is an error with its reason', async () => {
  const session = createSession({ url: app.url });
  const person = who();
  await session.register(person);
  await expect(session.register(person)).rejects.toMatchObject({
    name: 'ClientError',
    status: 409,
    problem: { code: 'conflict', retryable: false, message: expect.stringMatching(/./) },
  });
  await expect(session.signIn({ ...person, password: 'wrong horse' })).rejects.toMatchObject({
    problem: { code: 'unauthorized' },
  });
  await expect(createSession({ url: 'http://127.0.0.1:9' }).signIn(person)).rejects.toMatchObject({
    problem: { code: 'network', retryable: true },
  });
});

test('a token is used until shortly before it expires, then refreshed once for all callers', async () => {
  let late = 0;
  const { requests, fetch } = noting();
  const platform = { fetch, now: () => Date.now() + late };
  const session = createSession({ url: app.url, platform });
  await session.register(who());
  const first = await session.getToken();
  expect(await session.getToken()).toBe(first);
  late = 55_000;
  const later = await Promise.all([session.getToken(), session.getToken(), session.getToken()]);
  expect(new Set(later).size).toBe(1);
  expect(later[0]).not.toBe(first);
  expect(requests).toEqual(['/api/auth/register', '/api/auth/refresh']);
});

test('a token that was refused is replaced, once', async () => {
  const { requests, fetch } = noting();
  const session = createSession({ url: app.url, platform: { fetch } });
  await session.register(who());
  const refused = await session.getToken();
  const [one, other] = await Promise.all([session.getToken(refused), session.getToken(refused)]);
  expect(one).toBe(other);
  expect(one).not.toBe(refused);
  // Somebody who was refused earlier gets what is there by now.
  expect(await session.getToken(refused)).toBe(one);
  expect(requests).toEqual(['/api/auth/register', '/api/auth/refresh']);
});

test('tabs share a session: one refreshes, the other uses its token', async () => {
  const shared = storage();
  const { requests, fetch } = noting();
  const tab = () =>
    createSession({ url: app.url, store: browserSession('veda', shared), platform: { fetch } });
  const [here, there] = [tab(), tab()];
  const user = await here.register(who());
  expect(await there.user()).toEqual(user);
  const refused = await there.getToken();
  const fresh = await here.getToken(refused);
  expect(await there.getToken(refused)).toBe(fresh);
  expect(requests).toEqual(['/api/auth/register', '/api/auth/refresh']);
  await there.signOut();
  expect(await here.user()).toBeNull();
});

test('a session that the server has ended ends here, and closes its conversations', async () => {
  const shared = storage();
  const session = createSession({ url: app.url, store: browserSession('veda', shared) });
  await session.register(who());
  const client = createClient({ url: app.url, getToken: (refused) => session.getToken(refused) });
  const { id } = await client.conversations.create();
  const conversation = client.conversation(id);
  await viewWhere(conversation, isLive);
  const ended = new Promise<void>((resolve) => {
    session.subscribe(resolve);
  });
  const headers = { Authorization: `Bearer ${await session.getToken()}` };
  await fetch(`${app.url}/api/auth/logout`, { method: 'POST', headers });
  const { error } = await viewWhere(conversation, ({ state }) => state === 'closed');
  expect(error).toMatchObject({ code: 'unauthorized', retryable: false });
  await ended;
  expect(await session.user()).toBeNull();
});

test('a refresh that fails for the network does not end the session', async () => {
  let isThere = true;
  const platform = {
    fetch: (async (input, init) => {
      if (!isThere) throw new TypeError('fetch failed');
      return fetch(input, init);
    }) as typeof fetch,
  };
  const session = createSession({ url: app.url, platform });
  const user = await session.register(who());
  const refused = await session.getToken();
  isThere = false;
  await expect(session.getToken(refused)).rejects.toMatchObject({ problem: { code: 'network' } });
  expect(await session.user()).toEqual(user);
  isThere = true;
  expect(await session.getToken(refused)).not.toBe(refused);
});
