import { createSecretKey, type KeyObject, randomUUID } from 'node:crypto';
import { decodeProtectedHeader, errors, type JWTHeaderParameters, jwtVerify, SignJWT } from 'jose';
import type { AccessToken, Claims, TokenIssuer, TokenRules, TokenVerifier } from '../account/ports.js';
import { isWritable } from '../generation/writable.js';
import { AppError } from '../kernel/errors.js';
import type { Jwks } from './jwks.js';

export interface JwtOptions {
  /** `JWT_ISSUER`; not checked when undefined. */
  readonly issuer?: string | undefined;
  /** `JWT_AUDIENCE`; not checked when undefined. */
  readonly audience?: string | undefined;
}

/** What koa-jwt can check with a public key. */
const PUBLIC_KEY_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
];
/** koa-jwt stands on jsonwebtoken, which does not have it. */
const ED_DSA = 'EdDSA';

/** Types of an access token (RFC 9068, section 2.1), or of a JWT that does not say what it is for. */
const ACCESS_TOKEN_TYPES: readonly unknown[] = [undefined, 'jwt', 'at+jwt', 'application/at+jwt'];
/** Only an ID token has them (OpenID Connect Core, sections 2 and 3.3.2.11): it says who somebody is, and lets nobody in. */
const ID_TOKEN_CLAIMS = ['nonce', 'at_hash', 'c_hash'];

/** OpenID Connect Core, section 2: `sub` has at most 255 characters. Longer ones would not fit the index. */
const MAX_NAME = 255;
/** Where a `Date` ends, in seconds. */
const MAX_SECONDS = 8.64e12;

/** Signs access tokens with our own secret (HS256). */
export class JwtIssuer implements TokenIssuer {
  readonly #key: KeyObject;
  readonly #options: JwtOptions;
  readonly #lifetimeSeconds: number;

  constructor(secret: string, lifetimeSeconds: number, options: JwtOptions) {
    this.#key = secretKey(secret);
    this.#options = options;
    this.#lifetimeSeconds = lifetimeSeconds;
  }

  /** Without a session the token is good until it expires, whatever happens. */
  async issue(userId: string, sessionId?: string): Promise<AccessToken> {
    const { issuer, audience } = this.#options;
    const now = Math.floor(Date.now() / 1000);
    const token = new SignJWT(sessionId === undefined ? {} : { sid: sessionId })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(userId)
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + this.#lifetimeSeconds);
    if (issuer !== undefined) token.setIssuer(issuer);
    if (audience !== undefined) token.setAudience(audience);
    return { token: await token.sign(this.#key), expiresIn: this.#lifetimeSeconds };
  }
}

/** Accepts tokens signed with our own secret: HS256 and nothing else. */
export function ownTokenVerifier(secret: string, options: JwtOptions): TokenVerifier {
  const key = secretKey(secret);
  return new JwtVerifier({ own: true, algorithms: ['HS256'], key: async () => key }, options);
}

/** Accepts tokens signed by whoever publishes `jwks`: public keys alone, so none of them can be taken for a secret. */
export function outsideTokenVerifier(jwks: Jwks, options: JwtOptions): TokenVerifier {
  const source = {
    own: false,
    algorithms: [...PUBLIC_KEY_ALGORITHMS, ED_DSA],
    key: (header: JWTHeaderParameters) => jwks.key(header),
  };
  return new JwtVerifier(source, options);
}

interface KeySource {
  readonly own: boolean;
  readonly algorithms: string[];
  readonly key: (header: JWTHeaderParameters) => Promise<KeyObject>;
}

class JwtVerifier implements TokenVerifier {
  readonly rules: TokenRules;
  readonly #source: KeySource;

  constructor(source: KeySource, { issuer, audience }: JwtOptions) {
    this.#source = source;
    this.rules = {
      algorithms: source.algorithms.filter((algorithm) => algorithm !== ED_DSA),
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    };
  }

  needsVerify(token: string): boolean {
    try {
      return decodeProtectedHeader(token).alg === ED_DSA;
    } catch {
      return false;
    }
  }

  async key(header: unknown): Promise<KeyObject> {
    if (!isRecord(header)) throw unauthorized();
    const { alg, typ, crit } = header;
    if (typeof alg !== 'string' || !this.#source.algorithms.includes(alg)) throw unauthorized();
    // RFC 7515, 4.1.11: what must be understood and is not makes the token invalid. jsonwebtoken does not look.
    if (crit !== undefined) throw unauthorized();
    if (!ACCESS_TOKEN_TYPES.includes(typeof typ === 'string' ? typ.toLowerCase() : typ)) throw unauthorized();
    return this.#source.key({ ...header, alg });
  }

  claims(payload: unknown): Claims {
    if (!isRecord(payload)) throw unauthorized();
    const { sub, iss, sid, exp } = payload;
    const { own } = this.#source;
    if (!isName(sub) || sub === '' || typeof exp !== 'number' || !(iss === undefined || isName(iss))) {
      throw unauthorized();
    }
    if (!own && ID_TOKEN_CLAIMS.some((claim) => payload[claim] !== undefined)) {
      throw new AppError('unauthorized', 'this is an ID token: an access token is required');
    }
    // An outside issuer's `sid` is a session of its own.
    if (own && sid !== undefined && !isName(sid)) throw unauthorized();
    return {
      own,
      issuer: iss ?? '',
      subject: sub,
      expiresAt: new Date(Math.min(exp, MAX_SECONDS) * 1000),
      ...(own && typeof sid === 'string' && { sessionId: sid }),
    };
  }

  refusal(error: unknown): AppError {
    if (error instanceof AppError) return error;
    // The cause stays behind: a parser's message may quote the token. The name is that of koa-jwt's error.
    if (error instanceof errors.JWTExpired || (error as Error).name === 'TokenExpiredError') {
      return new AppError('token_expired', 'the access token has expired');
    }
    return unauthorized();
  }

  async verify(token: string): Promise<Claims> {
    const { issuer, audience } = this.rules;
    const { algorithms } = this.#source;
    const options = {
      algorithms,
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    };
    try {
      const { payload } = await jwtVerify(token, (header: unknown) => this.key(header), options);
      return this.claims(payload);
    } catch (error) {
      throw this.refusal(error);
    }
  }
}

function secretKey(secret: string): KeyObject {
  return createSecretKey(secret, 'utf8');
}

function unauthorized(): AppError {
  return new AppError('unauthorized', 'the access token is not acceptable');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Something that can be stored and indexed. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_NAME && isWritable(value);
}
