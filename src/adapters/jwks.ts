import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { Clock } from '../kernel/clock.js';
import { AppError } from '../kernel/errors.js';

/** Past this age keys are looked up anew beside the request that notices. */
const STALE_MS = 5 * 60_000;
/** Past this age they are not believed any more: one may have been withdrawn. */
const EXPIRED_MS = 60 * 60_000;
/** A token may name any key id, so unknown ones must not make us flood the issuer. */
const PAUSE_MS = 1_000;
const TIMEOUT_MS = 5_000;
const MAX_BYTES = 1_048_576;
const MIN_RSA_BITS = 2048;

interface SigningKey {
  readonly kid: string | undefined;
  readonly alg: string | undefined;
  readonly key: KeyObject;
}

/** What a token's header says of its key. */
interface KeyHint {
  readonly alg: string;
  readonly kid?: string | undefined;
}

/**
 * The public keys of an outside issuer (RFC 7517), looked up when first needed and whenever a token names one that is
 * not known yet. While the issuer cannot be reached, the known keys serve on for an hour.
 */
export class Jwks {
  readonly #uri: string;
  readonly #clock: Clock;
  #keys: readonly SigningKey[] = [];
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #refreshing: Promise<void> | undefined;

  constructor(uri: string, clock: Clock) {
    this.#uri = uri;
    this.#clock = clock;
  }

  /** @throws AppError `unauthorized` for a key that the issuer does not have, 503 when the issuer cannot be asked. */
  async key(hint: KeyHint): Promise<KeyObject> {
    const age = this.#clock.now() - this.#fetchedAt;
    if (age > EXPIRED_MS) await this.#refresh();
    else if (age > STALE_MS) this.#refresh().catch(() => {});

    const known = this.#find(hint);
    if (known) return known;
    await this.#refresh();
    const added = this.#find(hint);
    if (!added) throw new AppError('unauthorized', 'the access token is signed with an unknown key');
    return added;
  }

  /** Without a key id, only the one key that could be meant. */
  #find({ alg, kid }: KeyHint): KeyObject | undefined {
    const fitting = this.#keys.filter((key) => canSign(key, alg) && (kid === undefined || key.kid === kid));
    return kid === undefined && fitting.length > 1 ? undefined : fitting[0]?.key;
  }

  /** One look-up at a time, for all who wait. */
  async #refresh(): Promise<void> {
    this.#refreshing ??= this.#fetch().finally(() => {
      this.#refreshing = undefined;
    });
    await this.#refreshing;
  }

  async #fetch(): Promise<void> {
    await this.#clock.sleep(Math.max(0, this.#triedAt + PAUSE_MS - this.#clock.now()));
    this.#triedAt = this.#clock.now();
    try {
      const response = await fetch(this.#uri, {
        headers: { accept: 'application/json' },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok) throw new Error(`the issuer answered ${response.status}`);
      this.#keys = signingKeys(JSON.parse(await textOf(response)));
      this.#fetchedAt = this.#clock.now();
    } catch (cause) {
      throw new AppError('internal', 'the keys to check access tokens with cannot be had', {
        cause,
        status: 503,
        retryAfter: 5,
      });
    }
  }
}

function canSign({ key, alg: only }: SigningKey, alg: string): boolean {
  const type = alg.startsWith('ES') ? 'ec' : 'rsa';
  return key.asymmetricKeyType === type && (only === undefined || only === alg);
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error('the key set is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function signingKeys(set: unknown): SigningKey[] {
  const keys = (set as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) throw new Error('the answer is not a key set');
  return keys.flatMap((jwk: JsonWebKey) => signingKey(jwk) ?? []);
}

/** Undefined for a key that is not for signatures, or that we cannot use: the others of the set are still good. */
function signingKey(jwk: JsonWebKey): SigningKey | undefined {
  const { use, kid, alg, kty } = jwk as Record<string, unknown>;
  if ((use !== undefined && use !== 'sig') || (kty !== 'RSA' && kty !== 'EC')) return undefined;
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const bits = key.asymmetricKeyDetails?.modulusLength ?? MIN_RSA_BITS;
    if (bits < MIN_RSA_BITS) return undefined;
    return { key, kid: textOrNone(kid), alg: textOrNone(alg) };
  } catch {
    return undefined;
  }
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
