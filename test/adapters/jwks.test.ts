import { Jwks } from '../../src/adapters/jwks.js';
import { SystemClock } from '../../src/adapters/system-clock.js';
import { HASTY } from '../doubles/hasty-clock.js';
import { ec, ed, Issuer, rsa, toJwk } from '../doubles/jwks-issuer.js';

const MINUTE = 60_000;
const one = rsa('one');
const ONE = { kid: 'one', alg: 'RS256' };

let issuer: Issuer;
let jwks: Jwks;
let failures: unknown[];

beforeEach(async () => {
  failures = [];
  issuer = await Issuer.start(one);
  jwks = new Jwks(issuer.uri, HASTY, (error) => failures.push(error));
});

afterEach(() => {
  jest.restoreAllMocks();
  issuer.stop();
});

/** The library tells the age of keys by the time of day. */
function pass(ms: number): void {
  const now = Date.now() + ms;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
}

const lookedUp = async (times: number) => {
  while (issuer.lookUps < times) await new Promise((resolve) => setImmediate(resolve));
};

describe('the keys of an outside issuer', () => {
  it('are looked up once for all who need them first', async () => {
    const keys = await Promise.all(Array.from({ length: 10 }, () => jwks.key(ONE)));
    expect(new Set(keys.map((key) => key.export({ format: 'jwk' })['n'])).size).toBe(1);
    expect(issuer.lookUps).toBe(1);
  });

  it('are looked up at most once a second, however many tokens name unknown ones', async () => {
    jwks = new Jwks(issuer.uri, new SystemClock(), () => {});
    const began = performance.now();
    await jwks.key(ONE);
    const strangers = Array.from({ length: 50 }, (_, n) => jwks.key({ kid: `stranger ${n}`, alg: 'RS256' }));
    const refused = await Promise.allSettled(strangers);
    const codes = new Set(refused.map((one) => (one as PromiseRejectedResult).reason.code));
    expect(codes).toEqual(new Set(['unauthorized']));
    expect(issuer.lookUps).toBe(2);
    expect(performance.now() - began).toBeGreaterThan(990);
  });

  it('are renewed after five minutes, while nobody waits', async () => {
    await jwks.key(ONE);
    pass(6 * MINUTE);
    await jwks.key(ONE);
    await lookedUp(2);
  });

  it('are not believed for longer than an hour while the issuer is down, and the log is told', async () => {
    await jwks.key(ONE);
    issuer.up = false;
    pass(59 * MINUTE);
    await jwks.key(ONE);
    await lookedUp(2);
    while (failures.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(failures).toEqual([new Error('the issuer answered 500')]);
    pass(2 * MINUTE);
    await expect(jwks.key(ONE)).rejects.toMatchObject({ status: 503, retryAfter: expect.any(Number) });
  });

  it('are told apart by what they can sign when a token names none', async () => {
    issuer.keys = [one, ec('two'), ed('three')].map(toJwk);
    await jwks.key({ alg: 'RS256' });
    await jwks.key({ alg: 'ES256' });
    await jwks.key({ alg: 'EdDSA' });
    expect(issuer.lookUps).toBe(1);
  });

  it.each([
    ['no set', [null]],
    ['no keys', { not: 'an array' } as unknown as unknown[]],
  ])('are unavailable when the answer has %s', async (_, keys) => {
    issuer.keys = keys;
    await expect(jwks.key(ONE)).rejects.toMatchObject({ status: 503 });
    expect(failures).toHaveLength(1);
  });

  it.each([
    ['two could be meant', [one, rsa('two')].map(toJwk), {}],
    ['it is for encryption', [{ ...toJwk(one), use: 'enc' }], { kid: 'one' }],
    ['it is weak', [toJwk(rsa('one', 'RS256', 1024))], { kid: 'one' }],
    ['it is a secret', [{ kty: 'oct', k: 'c2VjcmV0', kid: 'one' }], { kid: 'one' }],
    ['it is broken', [{ kty: 'RSA', kid: 'one' }], { kid: 'one' }],
    ['it is for another algorithm', [{ ...toJwk(one), alg: 'RS512' }], { kid: 'one' }],
  ])('are not used when %s', async (_, keys, name) => {
    issuer.keys = keys;
    await expect(jwks.key({ alg: 'RS256', ...name })).rejects.toMatchObject({ code: 'unauthorized' });
    expect(failures).toEqual([]);
  });
});
