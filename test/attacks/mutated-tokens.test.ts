import * as fc from 'fast-check';
import { JwtIssuer, ownTokenVerifier } from '../../src/adapters/jwt.js';
import { Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import { sized } from '../support/size.js';
import { SECRET, tokenFor } from '../support/token.js';

const VERIFIED = sized(10_000, 100_000);
const SENT = sized(2000, 20_000);
const AT_ONCE = 50;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=%\u0000é';

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Ways to make another token of good ones. */
function mutations(token: string, other: string): fc.Arbitrary<string> {
  const [head = '', payload = '', signature = ''] = token.split('.');
  const [, otherPayload = '', otherSignature = ''] = other.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  const place = fc.nat(token.length - 1);
  const character = fc.constantFrom(...ALPHABET.split(''));
  return fc.oneof(
    fc.tuple(place, character).map(([at, one]) => token.slice(0, at) + one + token.slice(at + 1)),
    fc.tuple(place, character).map(([at, one]) => token.slice(0, at) + one + token.slice(at)),
    fc
      .tuple(place, fc.integer({ min: 1, max: 20 }))
      .map(([at, n]) => token.slice(0, at) + token.slice(at + n)),
    fc.tuple(place, place).map(([one, two]) => token.slice(0, one) + token.slice(two)),
    // A claim is changed, or one is added, and the signature kept.
    fc
      .tuple(fc.constantFrom('sub', 'sid', 'exp', 'iss', 'aud', 'nbf', '__proto__'), fc.jsonValue())
      .map(([name, value]) => `${head}.${base64({ ...claims, [name]: value })}.${signature}`),
    // A header that asks for another algorithm, key or signature.
    fc
      .record(
        {
          alg: fc.constantFrom(
            'none',
            'None',
            'HS256',
            'HS384',
            'HS512',
            'RS256',
            'ES256',
            'EdDSA',
            '',
            null,
          ),
          typ: fc.constantFrom('JWT', 'at+jwt', 'JWE', ''),
          kid: fc.constantFrom('', '../../dev/null', "' or 1=1"),
          jku: fc.constant('http://127.0.0.1:1/keys'),
          b64: fc.boolean(),
          crit: fc.constantFrom(['b64'], []),
        },
        { requiredKeys: ['alg'] },
      )
      .map((header) => `${base64(header)}.${payload}.${header.alg === 'none' ? '' : signature}`),
    // Parts of two good tokens.
    fc.constantFrom(
      `${head}.${otherPayload}.${signature}`,
      `${head}.${payload}.${otherSignature}`,
      `${head}.${payload}`,
      `${head}..${signature}`,
      `${token}.${signature}`,
      `${head}.${payload}.`,
    ),
  );
}

/** Of the same bytes as the good token, in another spelling or none: that is no forgery. */
function isTheSame(mutated: string, token: string): boolean {
  const [head, payload, signature = ''] = token.split('.');
  const parts = mutated.split('.');
  return (
    parts.length === 3 &&
    parts[0] === head &&
    parts[1] === payload &&
    Buffer.from(parts[2] ?? '', 'base64url').equals(Buffer.from(signature, 'base64url'))
  );
}

function forgeries(token: string, other: string, count: number): string[] {
  const found: string[] = [];
  for (let seed = 1; found.length < count; seed++) {
    const sampled = fc.sample(mutations(token, other), { numRuns: count, seed });
    found.push(...sampled.filter((mutated) => !isTheSame(mutated, token)));
  }
  return found.slice(0, count);
}

test(`${VERIFIED} mutated tokens are all refused, as tokens that are not acceptable or have expired`, async () => {
  const issuer = new JwtIssuer(SECRET, 600, {});
  const [one, other] = [
    await issuer.issue('a user', 'a session'),
    await issuer.issue('another', 'one of its'),
  ];
  const verifier = ownTokenVerifier(SECRET, {});
  expect(await verifier.verify(one.token)).toMatchObject({ subject: 'a user', sessionId: 'a session' });
  for (const forged of forgeries(one.token, other.token, VERIFIED)) {
    const taken = await verifier.verify(forged).then(
      () => forged,
      (error: { code?: string }) => (error.code === 'unauthorized' ? undefined : `${error.code}: ${forged}`),
    );
    if (taken !== undefined) throw new Error(`not refused: ${taken}`);
  }
});

test(`${SENT} of them over HTTP are answered with 401, and the good one with 200`, async () => {
  const cluster = await Cluster.start();
  const gateway = await cluster.gateway();
  const person = await Person.register(gateway.url);
  const forged = forgeries(person.token, tokenFor(crypto.randomUUID()), SENT)
    // What cannot stand in a header does not leave the client.
    .filter((token) => /^[\x21-\x7e]+$/.test(token));
  for (let at = 0; at < forged.length; at += AT_ONCE) {
    const answers = await Promise.all(
      forged.slice(at, at + AT_ONCE).map((token) => new Person(gateway.url, token).call('GET', '/api/me')),
    );
    for (const { status, headers, body } of answers) {
      expect({ status, code: body.code }).toEqual({ status: 401, code: 'unauthorized' });
      expect(headers.get('www-authenticate')).toBe('Bearer');
    }
  }
  expect((await person.call('GET', '/api/me')).status).toBe(200);
  expect(gateway.lines.filter((line) => JSON.parse(line).level === 'error')).toEqual([]);
  await cluster.stop();
});
