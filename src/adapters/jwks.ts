import { KeyObject } from 'node:crypto';
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWKSCacheInput,
  type JWTHeaderParameters,
  jwksCache,
} from 'jose';
import type { Clock } from '../kernel/clock.js';
import { AppError } from '../kernel/errors.js';

/** Past this age keys are looked up anew beside the request that notices. */
const STALE_MS = 5 * 60_000;
/** Past this age they are not believed any more: one may have been withdrawn. */
const EXPIRED_MS = 60 * 60_000;
/** A token may name any key id, so unknown ones must not make us flood the issuer. */
const PAUSE_MS = 1_000;
const TIMEOUT_MS = 5_000;
const MIN_RSA_BITS = 2048;

/**
 * The public keys of an outside issuer (RFC 7517), looked up when first needed and whenever a token names one that is
 * not known yet, at most once a second. While the issuer cannot be reached, the known keys serve on for an hour.
 */
export class Jwks {
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;
  readonly #cache: JWKSCacheInput = {};
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown) => void;
  #triedAt = Number.NEGATIVE_INFINITY;

  /** `onFailure` is told why keys could not be looked up. */
  constructor(uri: string, clock: Clock, onFailure: (error: unknown) => void) {
    this.#clock = clock;
    this.#onFailure = onFailure;
    this.#keys = createRemoteJWKSet(new URL(uri), {
      cacheMaxAge: EXPIRED_MS,
      // An unknown key id is looked up at once, after the pause below: an issuer may sign with a new key right away.
      cooldownDuration: 0,
      timeoutDuration: TIMEOUT_MS,
      [jwksCache]: this.#cache,
      [customFetch]: (url, options) => this.#fetch(url, options),
    });
  }

  /** @throws AppError `unauthorized` for a key that the issuer does not have, 503 when the issuer cannot be asked. */
  async key(header: JWTHeaderParameters): Promise<KeyObject> {
    this.#renew();
    try {
      const key = KeyObject.from(await this.#keys(header));
      const bits = key.asymmetricKeyDetails?.modulusLength ?? MIN_RSA_BITS;
      if (bits >= MIN_RSA_BITS) return key;
    } catch (error) {
      if (error instanceof AppError) throw error;
      if (isOfLookUp(error)) throw this.#unavailable(error);
      // Everything else is about the key that the token names: it is unknown, ambiguous or unusable.
    }
    throw new AppError('unauthorized', 'the access token is signed with an unknown key');
  }

  #renew(): void {
    const { uat } = this.#cache;
    if (uat === undefined || Date.now() - uat < STALE_MS || this.#keys.reloading) return;
    // Told to `onFailure`; the keys that are known serve on.
    this.#keys.reload().catch(() => {});
  }

  async #fetch(url: string, options: RequestInit & { signal: AbortSignal }): Promise<Response> {
    await this.#clock.sleep(Math.max(0, this.#triedAt + PAUSE_MS - this.#clock.now()));
    this.#triedAt = this.#clock.now();
    try {
      const response = await fetch(url, options);
      if (!response.ok) throw new Error(`the issuer answered ${response.status}`);
      return response;
    } catch (error) {
      throw this.#unavailable(error);
    }
  }

  #unavailable(cause: unknown): AppError {
    this.#onFailure(cause);
    return new AppError('internal', 'the keys to check access tokens with cannot be had', {
      cause,
      status: 503,
      retryAfter: 5,
    });
  }
}

/** Whether the answer of the issuer was no set of keys, or did not come in time. */
function isOfLookUp(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return true;
  return error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC';
}
