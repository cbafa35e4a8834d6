import { generateKeyPairSync, randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import request from 'supertest';
import { type AccountApp, SECRET, startAccountApp } from './account-app.js';

const CHECKED = { issuer: 'https://gateway.example', audience: 'gateway' };

let app: AccountApp;
let userId: string;
let sessionId: string;

beforeAll(async () => {
  app = await startAccountApp({ jwt: CHECKED });
  const person = { email: 'ada@example.org', password: 'correct horse battery' };
  const { body } = await request(app.server).post('/api/auth/register').send(person).expect(201);
  userId = body.user.id;
  sessionId = String((jwt.decode(body.accessToken) as jwt.JwtPayload)['sid']);
});

afterAll(() => app.stop());

const now = () => Math.floor(Date.now() / 1000);
const payload = () => ({ sub: userId, iss: CHECKED.issuer, aud: CHECKED.audience, exp: now() + 60 });
/** Without the claims that are changed to undefined. */
const sign = (changes: object = {}, secret = SECRET) =>
  jwt.sign(JSON.stringify({ ...payload(), ...changes }), secret);
const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const call = (authorization?: string) => {
  const get = request(app.server).get('/api/me');
  return authorization === undefined ? get : get.set('Authorization', authorization);
};

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

describe('an access token of our own', () => {
  it('is good with a session and, from another service, without', async () => {
    await call(`Bearer ${sign({ sid: sessionId })}`).expect(200);
    await call(`bearer ${sign()}`).expect(200);
  });

  it('names user and session in any case, and they are the same', async () => {
    const token = sign({ sub: userId.toUpperCase(), sid: sessionId.toUpperCase() });
    const { body } = await request(app.server).get('/stream').query({ token }).expect(200);
    expect(body).toMatchObject({ userId, sessionId });
  });

  it.each<[string, () => string | undefined]>([
    ['is not there', () => undefined],
    ['is empty', () => 'Bearer '],
    ['has no scheme', () => sign()],
    ['has another scheme', () => `Basic ${sign()}`],
    ['is garbage', () => 'Bearer garbage'],
    ['is garbage in three parts', () => 'Bearer a.b.c'],
    ['has a payload that is no JSON', () => `Bearer ${base64({ alg: 'HS256', typ: 'JWT' })}.e30x.c2ln`],
    ['is unsigned', () => `Bearer ${base64({ alg: 'none', typ: 'JWT' })}.${base64(payload())}.`],
    ['has its signature cut off', () => `Bearer ${sign().replace(/[^.]*$/, '')}`],
    [
      'is signed with another algorithm',
      () => `Bearer ${jwt.sign(payload(), SECRET, { algorithm: 'HS512' })}`,
    ],
    [
      'is signed with a private key',
      () => `Bearer ${jwt.sign(payload(), rsa.privateKey, { algorithm: 'RS256' })}`,
    ],
    ['is signed with another secret', () => `Bearer ${sign({}, 'another secret of at least 32 bytes')}`],
    ['has no exp', () => `Bearer ${sign({ exp: undefined })}`],
    ['is not valid yet', () => `Bearer ${sign({ nbf: now() + 60 })}`],
    ['has another issuer', () => `Bearer ${sign({ iss: 'https://elsewhere.example' })}`],
    ['has no issuer', () => `Bearer ${sign({ iss: undefined })}`],
    ['has another audience', () => `Bearer ${sign({ aud: 'elsewhere' })}`],
    ['has no subject', () => `Bearer ${sign({ sub: undefined })}`],
    ['has an unknown subject', () => `Bearer ${sign({ sub: randomUUID() })}`],
    ['has a subject that is no id', () => `Bearer ${sign({ sub: 'ada' })}`],
    ['has U+0000 in its subject', () => `Bearer ${sign({ sub: 'a\0' })}`],
    ['has an unknown session', () => `Bearer ${sign({ sid: randomUUID() })}`],
    ['has a session that is no id', () => `Bearer ${sign({ sid: 'session' })}`],
    [
      'has an extension that must be understood',
      () => `Bearer ${signWithHeader({ crit: ['b64'], b64: false })}`,
    ],
  ])('is refused when it %s', async (_, authorization) => {
    const sent = authorization();
    const { body, type, headers } = await call(sent).expect(401);
    expect(type).toBe('application/problem+json');
    expect(headers['www-authenticate']).toBe('Bearer');
    expect(body.code).toBe('unauthorized');
    const token = sent?.split(' ').at(-1);
    if (token) expect(JSON.stringify(body)).not.toContain(token);
  });

  it('is told to have expired when it has', async () => {
    const { body } = await call(`Bearer ${sign({ exp: now() - 1 })}`).expect(401);
    expect(body.code).toBe('token_expired');
  });

  it('is not told to have expired by somebody who cannot sign', async () => {
    const { body } = await call(
      `Bearer ${sign({ exp: now() - 1 }, 'another secret of at least 32 bytes')}`,
    ).expect(401);
    expect(body.code).toBe('unauthorized');
  });

  const signWithHeader = (header: object) =>
    jwt.sign(payload(), SECRET, { header: { alg: 'HS256', ...header } });
});

describe('where outside users are made on first sight', () => {
  let welcoming: AccountApp;

  beforeAll(async () => {
    welcoming = await startAccountApp({ jwt: CHECKED, autoProvision: true });
  });

  afterAll(() => welcoming.stop());

  const me = (token: string) =>
    request(welcoming.server).get('/api/me').set('Authorization', `Bearer ${token}`);

  it('a token with our secret makes one', async () => {
    const { body } = await me(sign({ sub: 'somebody' })).expect(200);
    expect((await me(sign({ sub: 'somebody' })).expect(200)).body).toEqual(body);
  });

  it('a token of a session that has ended makes none', async () => {
    await me(sign({ sub: randomUUID(), sid: randomUUID() })).expect(401);
  });
});
