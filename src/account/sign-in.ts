import { AppError } from '../kernel/errors.js';
import type { Notifier } from '../kernel/notifier.js';
import type { FailedLogins } from './failed-logins.js';
import { hashOf, newOpaqueToken } from './opaque-token.js';
import type { AccountStore, NewUser, PasswordHasher, TokenIssuer } from './ports.js';
import { successorOf } from './refresh.js';
import type { Credentials, Registration, SignedIn, User } from './user.js';

export interface SignInOptions {
  readonly store: AccountStore;
  readonly hasher: PasswordHasher;
  readonly issuer: TokenIssuer;
  readonly failures: FailedLogins;
  readonly notifier: Notifier;
  readonly newId: () => string;
  /** From which successors of refresh tokens are derived; the same in every gateway. */
  readonly refreshKey: string;
}

/** The ways to a pair of tokens, where we issue them ourselves. */
export class SignIn {
  readonly #store: AccountStore;
  readonly #hasher: PasswordHasher;
  readonly #issuer: TokenIssuer;
  readonly #failures: FailedLogins;
  readonly #notifier: Notifier;
  readonly #newId: () => string;
  readonly #refreshKey: string;

  constructor(options: SignInOptions) {
    this.#store = options.store;
    this.#hasher = options.hasher;
    this.#issuer = options.issuer;
    this.#failures = options.failures;
    this.#notifier = options.notifier;
    this.#newId = options.newId;
    this.#refreshKey = options.refreshKey;
  }

  /** @throws AppError `conflict` when the email is taken. */
  async register({ email, password, name }: Registration): Promise<SignedIn> {
    const passwordHash = await this.#hasher.hash(password);
    return this.#createUser({ id: this.#newId(), name: name ?? null, login: { email, passwordHash } });
  }

  /** Makes a user to try things with, who can never log in again. */
  async demo(): Promise<SignedIn> {
    return this.#createUser({ id: this.#newId(), name: 'Demo' });
  }

  /**
   * `address` is where the request came from.
   * @throws AppError `unauthorized`, the same for an unknown email and a wrong password; `rate_limited` after too many
   * failures.
   */
  async login({ email, password }: Credentials, address: string): Promise<SignedIn> {
    this.#failures.refuse(email, address);
    const found = await this.#store.findPassword(email);
    const correct = await this.#hasher.verify(password, found?.hash);
    // Again: of many guesses at once, those that come after the last permitted failure must not learn the result.
    this.#failures.refuse(email, address);
    if (!found || !correct) {
      this.#failures.count(email, address);
      throw new AppError('unauthorized', 'the email or the password is wrong');
    }
    const session = this.#newSession();
    await this.#store.openSession(found.user.id, session);
    return this.#signedIn(found.user, session.id, session.refreshToken);
  }

  /**
   * Uses a refresh token up and gives a new pair. Used again within 10 s while its successor is unused, it gives the
   * same successor again; used again later, it ends the session.
   * @throws AppError `unauthorized`
   */
  async refresh(refreshToken: string): Promise<SignedIn> {
    const successor = successorOf(refreshToken, this.#refreshKey);
    const rotated = await this.#store.rotate(hashOf(refreshToken), hashOf(successor));
    if (rotated.kind === 'rotated') return this.#signedIn(rotated.user, rotated.sessionId, successor);
    if (rotated.kind === 'reused') this.#notifier.notify('sessions');
    throw new AppError('unauthorized', 'the refresh token is unknown, used or expired');
  }

  async #createUser(user: NewUser): Promise<SignedIn> {
    const session = this.#newSession();
    const created = await this.#store.createUser(user, session);
    if (created.kind === 'email_taken') throw new AppError('conflict', 'the email is taken');
    return this.#signedIn(created.user, session.id, session.refreshToken);
  }

  #newSession() {
    const refreshToken = newOpaqueToken();
    return { id: this.#newId(), refreshToken, refreshHash: hashOf(refreshToken) };
  }

  #signedIn(user: User, sessionId: string, refreshToken: string): SignedIn {
    const { token, expiresIn } = this.#issuer.issue(user.id, sessionId);
    return { user, accessToken: token, refreshToken, expiresIn };
  }
}
