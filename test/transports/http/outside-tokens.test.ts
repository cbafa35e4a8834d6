import { createPublicKey } from 'node:crypto';
import jwt from 'jsonwebtoken';
import request from 'supertest';
import { ec, ed, Issuer, rsa, type Signer, sign as signWith, toJwk } from '../../doubles/jwks-issuer.js';
import { type AccountApp, type AccountAppOptions, SECRET, startAccountApp } from './account-app.js';

const ISS = 'https://issuer.example';
const now = () => Math.floor(Date.now() / 1000);

const AUD = 'gateway';
const CHECKED = { issuer: ISS, audience: AUD };

function sign(signer: Signer, claims: object = {}, header: object = {}): Promise<string> {
  const payload = { iss: ISS, aud: AUD, sub: 'somebody', exp: now() + 60, ...claims };
  return signWith(signer, payload, header);
}

let issuer: Issuer;
let apps: AccountApp[] = [];

async function start(options: AccountAppOptions = { autoProvision: true }): Promise<AccountApp> {
  const app = await startAccountApp({ jwt: CHECKED, ...options, jwksUri: issuer.uri });
  apps.push(app);
  return app;
}

const me = async (app: AccountApp, token: string | Promise<string>) =>
  request(app.server)
    .get('/api/me')
    .set('Authorization', `Bearer ${await token}`);

async function expectMe(app: AccountApp, token: string | Promise<string>, status: number) {
  const response = await me(app, token);
  expect(response.status).toBe(status);
  return response;
}

const one = rsa('one');

beforeEach(async () => {
  issuer = await Issuer.start(one);
});

afterEach(async () => {
  await Promise.all(apps.map((app) => app.stop()));
  apps = [];
  issuer.stop();
});

describe('a token signed by an outside issuer', () => {
  it('is of a user who is made on first sight and known again', async () => {
    const app = await start();
    const sights = await Promise.all(Array.from({ length: 10 }, () => expectMe(app, sign(one), 200)));
    expect(new Set(sights.map(({ body }) => body.id)).size).toBe(1);
    expect(sights[0]?.body).toEqual({
      id: expect.any(String),
      email: null,
      name: null,
      createdAt: expect.any(String),
    });
    const { body: other } = await expectMe(app, sign(one, { sub: 'another' }), 200);
    expect(other.id).not.toBe(sights[0]?.body.id);
    expect(issuer.lookUps).toBe(1);
  });

  it('is of nobody where users are not made on first sight', async () => {
    const app = await start({ autoProvision: false });
    expect((await expectMe(app, sign(one), 401)).body.code).toBe('unauthorized');
    const known = { id: '01890000-0000-7000-8000-000000000001', issuer: ISS, subject: 'somebody' };
    await app.db('users').insert(known);
    expect((await expectMe(app, sign(one), 200)).body.id).toBe(known.id);
  });

  it('is never a local user’s, whatever its subject', async () => {
    const app = await start({ autoProvision: false });
    const id = '01890000-0000-7000-8000-000000000002';
    await app.db('users').insert({ id, is_demo: true });
    await expectMe(app, sign(one, { sub: id }), 401);
  });

  it('may name a session of its issuer', async () => {
    const app = await start();
    await expectMe(app, sign(one, { sid: 'a session elsewhere' }), 200);
  });

  it('is checked for issuer and audience', async () => {
    const app = await start();
    await expectMe(app, sign(one, { aud: [AUD, 'other'] }), 200);
    await expectMe(app, sign(one, { aud: 'another application' }), 401);
    await expectMe(app, sign(one, { aud: undefined }), 401);
    await expectMe(app, sign(one, { iss: 'https://elsewhere.example' }), 401);
    await expectMe(app, sign(one, { iss: undefined }), 401);
  });

  it.each<[string, object, object, number]>([
    ['an access token by its type', {}, { typ: 'at+jwt' }, 200],
    ['a token of the general type', {}, { typ: 'JWT' }, 200],
    ['an ID token by its type', {}, { typ: 'id_token+jwt' }, 401],
    ['a logout token', {}, { typ: 'logout+jwt' }, 401],
    ['an ID token by its nonce', { nonce: 'n' }, {}, 401],
    ['an ID token by its hash of an access token', { at_hash: 'h' }, { typ: 'JWT' }, 401],
  ])('is taken for what it is for: %s', async (_, claims, header, status) => {
    const app = await start();
    for (const signer of [one, ed('ed')]) {
      issuer.keys = [toJwk(signer)];
      await expectMe(app, sign(signer, claims, header), status);
    }
  });

  it('is told to have expired when it has', async () => {
    const app = await start();
    expect((await expectMe(app, sign(one, { exp: now() - 1 }), 401)).body.code).toBe('token_expired');
  });

  it('may be signed by any public-key algorithm that the key is for', async () => {
    const signers = [rsa('ps', 'PS256'), ec('es'), rsa('rs', 'RS512'), ed('ed')];
    issuer.keys = signers.map(toJwk);
    const app = await start();
    for (const signer of signers) await expectMe(app, sign(signer), 200);
  });

  it('is good for streams with every algorithm, in the header and in the address', async () => {
    const signers = [one, ed('ed')];
    issuer.keys = signers.map(toJwk);
    const app = await start();
    for (const signer of signers) {
      const token = await sign(signer);
      await request(app.server).get('/stream').query({ token }).expect(200);
      await request(app.server).get('/stream').set('Authorization', `Bearer ${token}`).expect(200);
      await request(app.server).get('/stream').query({ token }).set('Authorization', 'Bearer x').expect(401);
      await request(app.server).get('/api/me').query({ token }).expect(401);
    }
  });

  it.each<[string, () => string | Promise<string>]>([
    ['with our own secret', () => jwt.sign({ sub: 'somebody', exp: now() + 60 }, SECRET)],
    ['with a public key taken for a secret', () => hmacWithPublicKey()],
    ['by another key of the same name', () => sign(rsa('one'))],
    ['by a key that nobody publishes', () => sign(rsa('two'))],
    ['with an algorithm that the key is not for', () => sign({ ...one, alg: 'PS256' })],
    ['by another EdDSA key of the same name', () => sign(ed('one'))],
  ])('is refused when it is signed %s', async (_, token) => {
    const app = await start();
    expect((await expectMe(app, token(), 401)).body.code).toBe('unauthorized');
  });

  const hmacWithPublicKey = () => {
    const key = createPublicKey(one.privateKey).export({ format: 'pem', type: 'spki' });
    return jwt.sign({ sub: 'somebody', exp: now() + 60 }, key, { algorithm: 'HS256', keyid: 'one' });
  };
});

describe('keys of an outside issuer', () => {
  it('are looked up again when a token names a new one', async () => {
    const app = await start();
    const two = rsa('two');
    await expectMe(app, sign(one), 200);
    issuer.keys = [one, two].map(toJwk);
    await expectMe(app, sign(two), 200);
    issuer.keys = [two].map(toJwk);
    const three = ec('three');
    issuer.keys = [three].map(toJwk);
    await expectMe(app, sign(three), 200);
    await expectMe(app, sign(one), 401);
  });

  it('serve on while the issuer is down, and what they cannot tell is no fault of the bearer', async () => {
    const app = await start();
    issuer.up = false;
    expect((await expectMe(app, sign(one), 503)).headers['retry-after']).toBe('5');
    issuer.up = true;
    await expectMe(app, sign(one), 200);
    issuer.up = false;
    await expectMe(app, sign(one), 200);
  });

  it('need no name while there is one that it could be', async () => {
    const app = await start();
    const unnamed = () =>
      jwt.sign({ iss: ISS, aud: AUD, sub: 'somebody', exp: now() + 60 }, one.privateKey, {
        algorithm: 'RS256',
      });
    issuer.keys = [one, ec('two')].map(toJwk);
    await expectMe(app, unnamed(), 200);
  });
});

describe('where tokens come from outside', () => {
  it('nobody registers, logs in or refreshes here', async () => {
    const app = await start({ autoProvision: true, demo: true });
    for (const way of ['register', 'login', 'refresh', 'demo']) {
      await request(app.server).post(`/api/auth/${way}`).send({}).expect(404);
    }
  });

  it('logging out says yes, and the token lasts until it expires', async () => {
    const app = await start();
    const token = await sign(one);
    const logout = request(app.server).post('/api/auth/logout').set('Authorization', `Bearer ${token}`);
    await logout.send({}).expect(204);
    await expectMe(app, token, 200);
  });
});
