import { Jwks } from '../../src/adapters/jwks.js';
import { HASTY } from '../doubles/hasty-clock.js';
import { ec, Issuer, rsa, toJwk } from '../doubles/jwks-issuer.js';
import { ManualClock } from '../doubles/manual-clock.js';

const MINUTE = 60_000;
const one = rsa('one');
const ONE = { kid: 'one', alg: 'RS256' };

let clock: ManualClock;
let issuer: Issuer;
let jwks: Jwks;

beforeEach(async () => {
  clock = new ManualClock();
  issuer = await Issuer.start(one);
  jwks = new Jwks(issuer.uri, clock);
});

afterEach(() => issuer.stop());

const lookedUp = async (times: number) => {
  while (issuer.lookUps < times) await new Promise((resolve) => setImmediate(resolve));
};

describe('the keys of an outside issuer', () => {
  it('are looked up once for all who need them first', async () => {
    const keys = await Promise.all(Array.from({ length: 10 }, () => jwks.key(ONE)));
    expect(new Set(keys).size).toBe(1);
    expect(issuer.lookUps).toBe(1);
  });

  it('are looked up at most once a second, however many tokens name unknown ones', async () => {
    await jwks.key(ONE);
    const strangers = Array.from({ length: 50 }, (_, n) => jwks.key({ kid: `stranger ${n}`, alg: 'RS256' }));
    const refused = Promise.allSettled(strangers);
    await new Promise((resolve) => setImmediate(resolve));
    expect(issuer.lookUps).toBe(1);
    clock.advance(1_000);
    const codes = new Set((await refused).map((one) => (one as PromiseRejectedResult).reason.code));
    expect(codes).toEqual(new Set(['unauthorized']));
    expect(issuer.lookUps).toBe(2);
  });

  it('are renewed after five minutes, while nobody waits', async () => {
    const known = await jwks.key(ONE);
    clock.advance(6 * MINUTE);
    expect(await jwks.key(ONE)).toBe(known);
    await lookedUp(2);
  });

  it('are not believed for longer than an hour while the issuer is down', async () => {
    await jwks.key(ONE);
    issuer.up = false;
    clock.advance(59 * MINUTE);
    await jwks.key(ONE);
    await lookedUp(2);
    clock.advance(2 * MINUTE);
    await expect(jwks.key(ONE)).rejects.toMatchObject({ status: 503, retryAfter: expect.any(Number) });
  });

  it('are told apart by what they can sign when a token names none', async () => {
    issuer.keys = [one, ec('two')].map(toJwk);
    await jwks.key({ alg: 'RS256' });
    await jwks.key({ alg: 'ES256' });
    expect(issuer.lookUps).toBe(1);
  });

  it.each([
    ['two could be meant', [one, rsa('two')].map(toJwk), undefined],
    ['it is for encryption', [{ ...toJwk(one), use: 'enc' }], 'one'],
    ['it is weak', [toJwk(rsa('one', 'RS256', 1024))], 'one'],
    ['it is a secret', [{ kty: 'oct', k: 'c2VjcmV0', kid: 'one' }], 'one'],
    ['it is broken', [{ kty: 'RSA', kid: 'one' }], 'one'],
    ['it is for another algorithm', [{ ...toJwk(one), alg: 'RS512' }], 'one'],
  ])('are not used when %s', async (_, keys, kid) => {
    issuer.keys = keys;
    const key = new Jwks(issuer.uri, HASTY).key({ alg: 'RS256', kid });
    await expect(key).rejects.toMatchObject({ code: 'unauthorized' });
  });
});
