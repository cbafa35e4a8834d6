import { isId } from '../conversation/ids.js';
import { AppError } from '../kernel/errors.js';
import type { AccountStore, Claims, TokenVerifier } from './ports.js';
import type { Principal } from './principal.js';

export interface AuthenticatorOptions {
  readonly store: AccountStore;
  readonly verifier: TokenVerifier;
  /** Whether outside users are made on first sight (`JWT_AUTO_PROVISION`). */
  readonly autoProvision: boolean;
  readonly newId: () => string;
}

/** Finds the principal of an access token (docs/protocol.md, "Who may speak"). */
export class Authenticator {
  readonly #store: AccountStore;
  readonly #verifier: TokenVerifier;
  readonly #autoProvision: boolean;
  readonly #newId: () => string;

  constructor(options: AuthenticatorOptions) {
    this.#store = options.store;
    this.#verifier = options.verifier;
    this.#autoProvision = options.autoProvision;
    this.#newId = options.newId;
  }

  /** @throws AppError `token_expired` or `unauthorized`. */
  async authenticate(token: string): Promise<Principal> {
    return this.principalOf(await this.#verifier.verify(token));
  }

  /** @throws AppError `unauthorized` when the user is unknown or the session has ended. */
  async principalOf(claims: Claims): Promise<Principal> {
    const principal = (claims.own && (await this.#ownUser(claims))) || (await this.#outsideUser(claims));
    if (principal) return principal;
    throw new AppError('unauthorized', 'the access token is of no user, or of a session that has ended');
  }

  async #ownUser({ subject, sessionId, expiresAt }: Claims): Promise<Principal | undefined> {
    if (!isId(subject) || (sessionId !== undefined && !isId(sessionId))) return undefined;
    // Ids are compared as text further on, and the database writes them in lower case.
    const principal = {
      userId: subject.toLowerCase(),
      expiresAt,
      ...(sessionId !== undefined && { sessionId: sessionId.toLowerCase() }),
    };
    return (await this.#store.isLive(principal.userId, principal.sessionId)) ? principal : undefined;
  }

  async #outsideUser({ issuer, subject, sessionId, expiresAt }: Claims): Promise<Principal | undefined> {
    // A token with a session is one of ours and was good once; it must not come back as somebody new.
    if (sessionId !== undefined) return undefined;
    const userId =
      (await this.#store.findOutsideUser(issuer, subject)) ?? (await this.#provision(issuer, subject));
    return userId === undefined ? undefined : { userId, expiresAt };
  }

  async #provision(issuer: string, subject: string): Promise<string | undefined> {
    return this.#autoProvision ? this.#store.provision(this.#newId(), issuer, subject) : undefined;
  }
}
