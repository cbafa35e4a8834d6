import { AppError } from '../errors.js';
import type { AccountStore, Claims, TokenVerifier } from './ports.js';

/** Who is speaking, and until when that may be believed. */
export interface Principal {
  readonly userId: string;
  /** The login session; absent when another service signed the token, which then is good until it expires. */
  readonly sessionId?: string;
  /** When the access token expires. */
  readonly expiresAt: Date;
}

export interface PrincipalsOptions {
  readonly store: AccountStore;
  readonly verifier: TokenVerifier;
  /** Whether outside users are made on first sight (`JWT_AUTO_PROVISION`). */
  readonly autoProvision: boolean;
  readonly newId: () => string;
}

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/** From tokens to principals (docs/protocol.md, "Who may speak"). */
export class Principals {
  readonly #store: AccountStore;
  readonly #verifier: TokenVerifier;
  readonly #autoProvision: boolean;
  readonly #newId: () => string;

  constructor(options: PrincipalsOptions) {
    this.#store = options.store;
    this.#verifier = options.verifier;
    this.#autoProvision = options.autoProvision;
    this.#newId = options.newId;
  }

  /** @throws AppError `token_expired` or `unauthorized`. */
  async ofToken(token: string): Promise<Principal> {
    return this.ofClaims(await this.#verifier.verify(token));
  }

  /** @throws AppError `unauthorized` when the user is unknown or the session has ended. */
  async ofClaims(claims: Claims): Promise<Principal> {
    const userId = await this.#userOf(claims);
    if (userId === undefined) {
      throw new AppError('unauthorized', 'The access token is of no user, or of a session that has ended.');
    }
    const { sessionId, expiresAt } = claims;
    return { userId, expiresAt, ...(sessionId !== undefined && { sessionId }) };
  }

  async #userOf({ own, issuer, subject, sessionId }: Claims): Promise<string | undefined> {
    if (own && (await this.#isLive(subject, sessionId))) return subject;
    // A token with a session is one of ours and was good once; it must not come back as somebody new.
    if (sessionId !== undefined) return undefined;
    return this.#outsideUser(issuer, subject);
  }

  async #isLive(userId: string, sessionId: string | undefined): Promise<boolean> {
    if (!UUID.test(userId)) return false;
    if (sessionId !== undefined && !UUID.test(sessionId)) return false;
    return this.#store.isLive(userId, sessionId);
  }

  async #outsideUser(issuer: string, subject: string): Promise<string | undefined> {
    const known = await this.#store.findOutsideUser(issuer, subject);
    if (known !== undefined || !this.#autoProvision) return known;
    return this.#store.provision(this.#newId(), issuer, subject);
  }
}
