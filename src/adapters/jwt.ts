import { createSecretKey, type KeyObject, randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
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

/** All that jsonwebtoken can check with a public key; it has no EdDSA. */
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
  issue(userId: string, sessionId?: string): AccessToken {
    const { issuer, audience } = this.#options;
    const token = jwt.sign(sessionId === undefined ? {} : { sid: sessionId }, this.#key, {
      algorithm: 'HS256',
      subject: userId,
      jwtid: randomUUID(),
      expiresIn: this.#lifetimeSeconds,
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    });
    return { token, expiresIn: this.#lifetimeSeconds };
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
    algorithms: PUBLIC_KEY_ALGORITHMS,
    key: (header: jwt.JwtHeader) => jwks.key(header),
  };
  return new JwtVerifier(source, options);
}

interface KeySource {
  readonly own: boolean;
  readonly algorithms: string[];
  readonly key: (header: jwt.JwtHeader) => Promise<KeyObject>;
}

class JwtVerifier implements TokenVerifier {
  readonly rules: TokenRules;
  readonly #source: KeySource;

  constructor(source: KeySource, { issuer, audience }: JwtOptions) {
    this.#source = source;
    this.rules = {
      algorithms: source.algorithms,
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    };
  }

  async key(header: unknown): Promise<KeyObject> {
    if (!isHeader(header) || !this.rules.algorithms.includes(header.alg)) throw unauthorized();
    // RFC 7515, 4.1.11: what must be understood and is not makes the token invalid. jsonwebtoken does not look.
    if (header.crit !== undefined) throw unauthorized();
    return this.#source.key(header);
  }

  claims(payload: unknown): Claims {
    if (!isRecord(payload)) throw unauthorized();
    const { sub, iss, sid, exp } = payload;
    const { own } = this.#source;
    if (!isName(sub) || sub === '' || typeof exp !== 'number' || !(iss === undefined || isName(iss))) {
      throw unauthorized();
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
    // The cause stays behind: a parser's message may quote the token.
    if (error instanceof jwt.TokenExpiredError) {
      return new AppError('token_expired', 'the access token has expired');
    }
    return unauthorized();
  }

  async verify(token: string): Promise<Claims> {
    try {
      const key = await this.key(jwt.decode(token, { complete: true })?.header);
      return this.claims(jwt.verify(token, key, this.rules as jwt.VerifyOptions));
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

function isHeader(value: unknown): value is jwt.JwtHeader {
  return isRecord(value) && typeof value['alg'] === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Something that can be stored and indexed. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_NAME && isWritable(value);
}
