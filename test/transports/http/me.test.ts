import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { type AccountApp, startAccountApp } from './account-app.js';

let app: AccountApp;

beforeAll(async () => {
  app = await startAccountApp({ demo: true });
});

afterAll(() => app.stop());

const PASSWORD = 'correct horse battery';
const ANOTHER = 'staple of the same horse';

interface SignedIn {
  readonly user: { readonly id: string; readonly email: string };
  readonly accessToken: string;
  readonly refreshToken: string;
}

function as(token: string, address?: string) {
  return {
    Authorization: `Bearer ${token}`,
    ...(address !== undefined && { 'X-Forwarded-For': address }),
  };
}

async function register(email = `${randomUUID()}@example.org`): Promise<SignedIn> {
  const response = await request(app.server).post('/api/auth/register').send({ email, password: PASSWORD });
  return response.body;
}

function login(email: string, password = PASSWORD, userAgent = 'a phone') {
  return request(app.server).post('/api/auth/login').set('User-Agent', userAgent).send({ email, password });
}

const call = (method: 'get' | 'patch' | 'delete' | 'post', path: string, { accessToken }: SignedIn) =>
  request(app.server)[method](path).set(as(accessToken));

describe('GET /api/me/sessions', () => {
  it('lists where the user is signed in, page by page', async () => {
    const first = await register();
    const second = (await login(first.user.email, PASSWORD, 'Anns Tablet\t1')).body;
    const { body } = await call('get', '/api/me/sessions', second).expect(200);
    expect(body).toEqual({
      items: [
        expect.objectContaining({ current: true, userAgent: 'Anns Tablet1' }),
        expect.objectContaining({ current: false }),
      ],
      nextCursor: null,
    });
    const page = await call('get', '/api/me/sessions?limit=1', second).expect(200);
    expect(page.body.items).toEqual([body.items[0]]);
    const next = await call('get', `/api/me/sessions?limit=1&cursor=${page.body.nextCursor}`, second);
    expect(next.body).toEqual({ items: [body.items[1]], nextCursor: null });
  });

  it('says when a session was used last', async () => {
    const person = await register();
    const before = (await call('get', '/api/me/sessions', person)).body.items[0];
    expect(before.lastUsedAt).toBe(before.createdAt);
    await request(app.server)
      .post('/api/auth/refresh')
      .send({ refreshToken: person.refreshToken })
      .expect(200);
    const after = (await call('get', '/api/me/sessions', person)).body.items[0];
    expect(Date.parse(after.lastUsedAt)).toBeGreaterThan(Date.parse(before.lastUsedAt));
    expect(after.createdAt).toBe(before.createdAt);
  });

  it('refuses a cursor that is none', async () => {
    const { body } = await call('get', '/api/me/sessions?cursor=x', await register()).expect(400);
    expect(body.detail).toContain('cursor');
  });
});

describe('DELETE /api/me/sessions/{id}', () => {
  it('signs a session out', async () => {
    const here = await register();
    const there = (await login(here.user.email)).body;
    const [{ id }] = (await call('get', '/api/me/sessions', there)).body.items;
    await call('delete', `/api/me/sessions/${id}`, here).expect(204);
    await call('get', '/api/me', there).expect(401);
    await request(app.server)
      .post('/api/auth/refresh')
      .send({ refreshToken: there.refreshToken })
      .expect(401);
    await call('get', '/api/me', here).expect(200);
    await call('delete', `/api/me/sessions/${id}`, here).expect(404);
  });

  it('does not know the session of another user', async () => {
    const [ann, ben] = [await register(), await register()];
    const [{ id }] = (await call('get', '/api/me/sessions', ben)).body.items;
    for (const session of [id, randomUUID(), 'x']) {
      const { body } = await call('delete', `/api/me/sessions/${session}`, ann).expect(404);
      expect(body.code).toBe('not_found');
    }
    await call('get', '/api/me', ben).expect(200);
  });
});

describe('POST /api/auth/password', () => {
  const change = (who: SignedIn, currentPassword: string, newPassword: string, address?: string) =>
    request(app.server)
      .post('/api/auth/password')
      .set(as(who.accessToken, address))
      .send({ currentPassword, newPassword });

  it('changes the password and ends the other sessions', async () => {
    const here = await register();
    const there = (await login(here.user.email)).body;
    await change(here, PASSWORD, ANOTHER).expect(204);
    await call('get', '/api/me', here).expect(200);
    await call('get', '/api/me', there).expect(401);
    await login(here.user.email, PASSWORD).expect(401);
    await login(here.user.email, ANOTHER).expect(200);
  });

  it('refuses a wrong password, and after too many also the right one', async () => {
    const person = await register();
    const address = '192.0.2.77';
    for (let tries = 0; tries < 15; tries++) {
      const { body } = await change(person, 'wrong password', ANOTHER, address).expect(403);
      expect(body.code).toBe('forbidden');
    }
    await change(person, PASSWORD, ANOTHER, address).expect(429);
    // The owner elsewhere is not locked out.
    await change(person, PASSWORD, ANOTHER, '192.0.2.78').expect(204);
  });

  it.each([
    ['a short one', 'hunter2'],
    ['one that all attackers try', 'Password123'],
  ])('refuses %s', async (_, newPassword) => {
    const { body } = await change(await register(), PASSWORD, newPassword).expect(400);
    expect(body.detail).toContain('assword');
  });

  it('is a conflict for an account without a password', async () => {
    const demo = (await request(app.server).post('/api/auth/demo')).body;
    const { body } = await change(demo, PASSWORD, ANOTHER).expect(409);
    expect(body.code).toBe('conflict');
  });
});

describe('PATCH /api/me', () => {
  const change = (who: SignedIn, body: object) => call('patch', '/api/me', who).send(body);

  it('changes the name without a password, and takes it away with null', async () => {
    const person = await register();
    expect((await change(person, { name: 'Ann' }).expect(200)).body).toEqual({ ...person.user, name: 'Ann' });
    expect((await change(person, {}).expect(200)).body.name).toBe('Ann');
    expect((await change(person, { name: null }).expect(200)).body).toEqual(person.user);
  });

  it('changes the email with the password', async () => {
    const person = await register();
    const email = `${randomUUID()}@example.org`;
    await change(person, { email }).expect(403);
    await change(person, { email, password: 'wrong password' }).expect(403);
    const { body } = await change(person, { email: email.toUpperCase(), password: PASSWORD }).expect(200);
    expect(body).toEqual({ ...person.user, email });
    await login(person.user.email).expect(401);
    await login(email).expect(200);
  });

  it('refuses an email that is taken, and changes nothing', async () => {
    const [ann, ben] = [await register(), await register()];
    const taken = { email: ben.user.email, password: PASSWORD, name: 'Ann' };
    const { body } = await change(ann, taken).expect(409);
    expect(body.code).toBe('conflict');
    expect((await call('get', '/api/me', ann)).body).toEqual(ann.user);
  });

  it('gives no email to an account without a password', async () => {
    const demo = (await request(app.server).post('/api/auth/demo')).body;
    await change(demo, { email: 'demo@example.org', password: PASSWORD }).expect(409);
    expect((await change(demo, { name: 'Someone' }).expect(200)).body.name).toBe('Someone');
  });

  it('names an unknown field', async () => {
    const { body } = await change(await register(), { admin: true }).expect(400);
    expect(body.detail).toContain('admin');
  });
});

describe('DELETE /api/me', () => {
  const remove = (who: SignedIn, body?: object) => call('delete', '/api/me', who).send(body);

  it('is refused without the password, and with a wrong one', async () => {
    const person = await register();
    for (const body of [undefined, {}, { password: 'wrong password' }]) {
      const refused = await remove(person, body).expect(403);
      expect(refused.body.code).toBe('forbidden');
    }
    await remove(person, { password: PASSWORD, sure: true }).expect(400);
    await call('get', '/api/me', person).expect(200);
  });

  it('makes every way in impossible at once, and the email is free', async () => {
    const person = await register();
    const other = (await login(person.user.email)).body;
    await remove(person, { password: PASSWORD }).expect(202);
    for (const session of [person, other]) {
      await call('get', '/api/me', session).expect(401);
      const { refreshToken } = session;
      await request(app.server).post('/api/auth/refresh').send({ refreshToken }).expect(401);
    }
    await login(person.user.email).expect(401);
    const again = await register(person.user.email);
    expect(again.user.id).not.toBe(person.user.id);
    const row = await app.db('users').where({ id: person.user.id }).first();
    expect(row).toMatchObject({ name: null, email: null, password_hash: null, deleted_at: expect.any(Date) });
  });

  it('needs no password where there is none', async () => {
    const demo = (await request(app.server).post('/api/auth/demo')).body;
    await remove(demo).expect(202);
    await call('get', '/api/me', demo).expect(401);
  });

  it('ends the use of tickets', async () => {
    const person = await register();
    const { ticket } = (await call('post', '/api/stream-tickets', person).expect(201)).body;
    await remove(person, { password: PASSWORD }).expect(202);
    await request(app.server).get(`/stream?ticket=${ticket}`).expect(401);
  });
});
