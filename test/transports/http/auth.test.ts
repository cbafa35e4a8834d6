import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { type AccountApp, startAccountApp } from './account-app.js';

let app: AccountApp;

beforeAll(async () => {
  app = await startAccountApp({ demo: true });
});

afterAll(() => app.stop());

const PASSWORD = 'correct horse battery';

const post = (path: string, body: object = {}) => request(app.server).post(path).send(body);
const as = (token: string) => ({ Authorization: `Bearer ${token}` });
const me = (token: string) => request(app.server).get('/api/me').set(as(token));
const refresh = (refreshToken: string) => post('/api/auth/refresh', { refreshToken });

async function register(email = `${randomUUID()}@example.org`) {
  const { body } = await post('/api/auth/register', { email, password: PASSWORD }).expect(201);
  return body;
}

describe('POST /api/auth/register', () => {
  it('makes a user who has signed in', async () => {
    const body = { email: 'Ada@Example.org', password: PASSWORD, name: 'Ada' };
    const response = await post('/api/auth/register', body).expect(201);
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.body).toEqual({
      user: { id: expect.any(String), email: 'ada@example.org', name: 'Ada', createdAt: expect.any(String) },
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      expiresIn: 900,
    });
    const { user } = response.body;
    expect(new Date(user.createdAt).toISOString()).toBe(user.createdAt);
    expect((await me(response.body.accessToken).expect(200)).body).toEqual(user);
  });

  it('gives an email to one of 50 who want it at once', async () => {
    const attempts = Array.from({ length: 50 }, (_, n) =>
      post('/api/auth/register', {
        email: n % 2 ? 'many@example.org' : 'MANY@example.org',
        password: PASSWORD,
      }),
    );
    const responses = await Promise.all(attempts);
    expect(responses.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(responses.filter(({ status, body }) => status === 409 && body.code === 'conflict')).toHaveLength(
      49,
    );
  });

  it.each([
    ['no email', { password: PASSWORD }, /email/],
    ['an email that is none', { email: 'ada', password: PASSWORD }, /email/],
    ['a long email', { email: `${'a'.repeat(251)}@b.c`, password: PASSWORD }, /email/],
    ['U+0000 in the email', { email: 'a\0@b.c', password: PASSWORD }, /email/],
    ['a short password', { email: 'a@b.c', password: 'hunter2' }, /password/],
    ['a long password', { email: 'a@b.c', password: 'x'.repeat(1025) }, /password/],
    ['a password that all attackers try', { email: 'a@b.c', password: 'Password123' }, /password/],
    ['a password of one character', { email: 'a@b.c', password: 'zzzzzzzzzz' }, /password/],
    ['a blank password', { email: 'a@b.c', password: '          ' }, /password/],
    ['a password that is no text', { email: 'a@b.c', password: 12345678 }, /password/],
    ['half a surrogate pair', { email: 'a@b.c', password: PASSWORD, name: '\ud83d' }, /name/],
    ['a long name', { email: 'a@b.c', password: PASSWORD, name: 'x'.repeat(201) }, /name/],
    ['an unknown field', { email: 'a@b.c', password: PASSWORD, admin: true }, /unknown field "admin"/],
  ])('refuses %s and names the field', async (_, body, named) => {
    const { body: problem } = await post('/api/auth/register', body).expect(400);
    expect(problem).toMatchObject({ code: 'bad_request', detail: expect.stringMatching(named) });
    expect(problem.detail).not.toContain(String(body.password));
  });
});

describe('registrations from one address', () => {
  const from = (address: string, email = `${randomUUID()}@example.org`) =>
    post('/api/auth/register', { email, password: PASSWORD }).set('X-Forwarded-For', address);

  it('are limited, and the answer says how many are left', async () => {
    const { headers } = await from('198.51.100.1').expect(201);
    expect(headers).toMatchObject({ 'ratelimit-limit': '200', 'ratelimit-remaining': '199' });
    const statuses = new Set<number>();
    for (let n = 0; n < 200; n += 20) {
      const some = await Promise.all(Array.from({ length: 20 }, () => from('198.51.100.1')));
      for (const { status } of some) statuses.add(status);
    }
    expect(statuses).toEqual(new Set([201, 429]));
    await from('198.51.100.2').expect(201);
  });

  it('tell of few emails that they are taken', async () => {
    const { user } = await register();
    const statuses: number[] = [];
    for (let n = 0; n < 61; n += 1) statuses.push((await from('198.51.100.3', user.email)).status);
    expect(statuses.slice(0, 60)).toEqual(Array.from({ length: 60 }, () => 409));
    expect(statuses[60]).toBe(429);
  });
});

describe('POST /api/auth/login', () => {
  it('signs in with the email in any case', async () => {
    const { user } = await register();
    const body = { email: user.email.toUpperCase(), password: PASSWORD };
    const response = await post('/api/auth/login', body).expect(200);
    expect(response.body).toMatchObject({ user, expiresIn: 900 });
    await me(response.body.accessToken).expect(200);
    await refresh(response.body.refreshToken).expect(200);
  });

  it('says the same of a wrong password and of an unknown email', async () => {
    const { user } = await register();
    const wrong = await post('/api/auth/login', { email: user.email, password: 'a wrong one' }).expect(401);
    const unknown = await post('/api/auth/login', { email: 'no@body', password: 'a wrong one' }).expect(401);
    expect(wrong.body).toEqual(unknown.body);
    expect(wrong.body.code).toBe('unauthorized');
  });

  it('refuses an address after fifteen failures, even with the right password, and lets the owner in from another', async () => {
    const { user } = await register();
    const login = (password: string, address: string) =>
      post('/api/auth/login', { email: user.email, password }).set('X-Forwarded-For', address);
    for (let n = 0; n < 15; n += 1) await login(`wrong ${n}`, '192.0.2.1').expect(401);
    const { body, headers } = await login(PASSWORD, '192.0.2.1').expect(429);
    expect(body.code).toBe('rate_limited');
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(headers).toMatchObject({ 'ratelimit-limit': '15', 'ratelimit-remaining': '0' });
    expect(headers['ratelimit-reset']).toBe(headers['retry-after']);
    const inside = await login(PASSWORD, '192.0.2.2').expect(200);
    expect(inside.headers).toMatchObject({ 'ratelimit-limit': '15', 'ratelimit-remaining': '15' });
  });
});

describe('POST /api/auth/refresh', () => {
  it('gives a new pair for a refresh token', async () => {
    const { user, refreshToken } = await register();
    const { body } = await refresh(refreshToken).expect(200);
    expect(body).toMatchObject({ user, expiresIn: 900 });
    expect(body.refreshToken).not.toBe(refreshToken);
    await me(body.accessToken).expect(200);
  });

  it('gives a working pair again when the reply was lost', async () => {
    const { refreshToken } = await register();
    await refresh(refreshToken).expect(200);
    const { body } = await refresh(refreshToken).expect(200);
    await me(body.accessToken).expect(200);
    await refresh(body.refreshToken).expect(200);
  });

  it('gives everybody who comes at once the same successor', async () => {
    const { refreshToken } = await register();
    const responses = await Promise.all(Array.from({ length: 20 }, () => refresh(refreshToken).expect(200)));
    const successors = new Set(responses.map(({ body }) => body.refreshToken));
    expect(successors.size).toBe(1);
  });

  it('ends the session of a token that comes back late', async () => {
    const { refreshToken } = await register();
    const { body: second } = await refresh(refreshToken).expect(200);
    const { body: third } = await refresh(second.refreshToken).expect(200);
    app.notifier.notified.length = 0;
    await refresh(refreshToken).expect(401);
    await refresh(third.refreshToken).expect(401);
    await me(third.accessToken).expect(401);
    expect(app.notifier.notified).toEqual(['sessions']);
  });

  it('refuses a token that it never gave', async () => {
    const { body } = await refresh('made up').expect(401);
    expect(body.code).toBe('unauthorized');
  });
});

describe('POST /api/auth/logout', () => {
  it('ends this session and no other', async () => {
    const { user, accessToken, refreshToken } = await register();
    const { body: other } = await post('/api/auth/login', { email: user.email, password: PASSWORD }).expect(
      200,
    );
    app.notifier.notified.length = 0;
    await post('/api/auth/logout').set(as(accessToken)).expect(204);
    expect(app.notifier.notified).toEqual(['sessions']);
    await me(accessToken).expect(401);
    await refresh(refreshToken).expect(401);
    await me(other.accessToken).expect(200);
  });
});

describe('POST /api/auth/demo', () => {
  it('makes a new user each time', async () => {
    const [one, two] = [await post('/api/auth/demo').expect(201), await post('/api/auth/demo').expect(201)];
    expect(one.body.user.id).not.toBe(two.body.user.id);
    await me(one.body.accessToken).expect(200);
    await refresh(one.body.refreshToken).expect(200);
  });
});

describe('where neither demo users nor registration were asked for', () => {
  let guarded: AccountApp;

  beforeAll(async () => {
    guarded = await startAccountApp({ registration: false });
  });

  afterAll(() => guarded.stop());

  it.each(['/api/auth/demo', '/api/auth/register'])('%s is not there', async (path) => {
    await request(guarded.server).post(path).send({}).expect(404);
  });
});

describe('POST /api/stream-tickets', () => {
  it('gives a ticket that opens one stream', async () => {
    const { user, accessToken } = await register();
    const { body } = await post('/api/stream-tickets').set(as(accessToken)).expect(201);
    expect(body).toEqual({ ticket: expect.any(String), expiresIn: 30 });
    const stream = () => request(app.server).get('/stream').query({ ticket: body.ticket });
    expect((await stream().expect(200)).body).toMatchObject({
      userId: user.id,
      expiresAt: expect.any(String),
    });
    await stream().expect(401);
  });

  it('needs a token', async () => {
    await post('/api/stream-tickets').expect(401);
  });

  it('gives a ticket that is worth nothing after logout', async () => {
    const { accessToken } = await register();
    const { body } = await post('/api/stream-tickets').set(as(accessToken)).expect(201);
    await post('/api/auth/logout').set(as(accessToken)).expect(204);
    await request(app.server).get('/stream').query(body).expect(401);
  });
});

describe('an access token in the address', () => {
  it('opens a stream', async () => {
    const { user, accessToken } = await register();
    const { body } = await request(app.server).get('/stream').query({ token: accessToken }).expect(200);
    expect(body.userId).toBe(user.id);
  });

  it('is not taken on an ordinary route', async () => {
    const { accessToken } = await register();
    await request(app.server).get('/api/me').query({ token: accessToken }).expect(401);
  });

  it('does not stand in for a header that is no good', async () => {
    const { accessToken } = await register();
    await request(app.server).get('/stream').query({ token: accessToken }).set(as('bad')).expect(401);
  });

  it('is not taken when given twice', async () => {
    const { accessToken } = await register();
    await request(app.server).get(`/stream?token=${accessToken}&token=${accessToken}`).expect(401);
  });
});
