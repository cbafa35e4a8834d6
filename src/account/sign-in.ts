import { AppError } from '../kernel/errors.js';
import type { Notifier } from '../kernel/notifier.js';
import type { Quota } from '../kernel/quota.js';
import type { SecurityLog } from '../kernel/security-log.js';
import type { AccountLimits } from './account-limits.js';
import { requireUncommon } from './common-passwords.js';
import { hashOf, newOpaqueToken } from './opaque-token.js';
import type { AccountStore, NewUser, PasswordHasher, TokenIssuer } from './ports.js';
import { successorOf } from './refresh.js';
import type { SignInLimits } from './sign-in-limits.js';
import type { EmailAndPassword, Registration, SignedIn, User } from './user.js';

export interface SignInOptions {
  readonly store: AccountStore;
  readonly hasher: PasswordHasher;
  readonly issuer: TokenIssuer;
  readonly signInLimits: SignInLimits;
  readonly limits: AccountLimits;
  readonly security: SecurityLog;
  readonly notifier: Notifier;
  readonly newId: () => string;
  /** From which successors of refresh tokens are derived; the same in every gateway. */
  readonly refreshKey: string;
}

/** What a request gave, and what is left of the limit that it counts against. */
export interface Limited<T> {
  readonly result: T;
  readonly quota: Quota;
}

/**
 * Issues pairs of tokens: for a registration, a password, a demo and a refresh token. `address` is the client's address,
 * `userAgent` the name that its client sends, by which a person recognizes the session.
 */
export class SignIn {
  readonly #store: AccountStore;
  readonly #hasher: PasswordHasher;
  readonly #issuer: TokenIssuer;
  readonly #signInLimits: SignInLimits;
  readonly #limits: AccountLimits;
  readonly #security: SecurityLog;
  readonly #notifier: Notifier;
  readonly #newId: () => string;
  readonly #refreshKey: string;

  constructor(options: SignInOptions) {
    this.#store = options.store;
    this.#hasher = options.hasher;
    this.#issuer = options.issuer;
    this.#signInLimits = options.signInLimits;
    this.#limits = options.limits;
    this.#security = options.security;
    this.#notifier = options.notifier;
    this.#newId = options.newId;
    this.#refreshKey = options.refreshKey;
  }

  /**
   * @throws AppError `conflict` when the email is taken; `bad_request` for a common password; `rate_limited` after too many
   * registrations from the address.
   */
  async register(
    { email, password, name }: Registration,
    address: string,
    userAgent?: string,
  ): Promise<Limited<SignedIn>> {
    requireUncommon(password);
    await this.#limits.require('takenEmails', address);
    const quota = await this.#limits.consume('registrations', address);
    const passwordHash = await this.#hasher.hash(password, address);
    const user = { id: this.#newId(), name: name ?? null, login: { email, passwordHash } };
    const result = await this.#createUser(user, userAgent).catch(async (error: unknown) => {
      if (error instanceof AppError && error.code === 'conflict') {
        await this.#limits.consume('takenEmails', address);
      }
      throw error;
    });
    await this.#signInLimits.succeed({ email, address });
    return { result, quota };
  }

  /** Makes a user to try things with, who can never log in again. @throws AppError `rate_limited` */
  async demo(address: string, userAgent?: string): Promise<Limited<SignedIn>> {
    const quota = await this.#limits.consume('demoUsers', address);
    return { result: await this.#createUser({ id: this.#newId(), name: 'Demo' }, userAgent), quota };
  }

  /**
   * @throws AppError `unauthorized`, the same for an unknown email and a wrong password; `rate_limited` after too many
   * failures.
   */
  async login(
    { email, password }: EmailAndPassword,
    address: string,
    userAgent?: string,
  ): Promise<Limited<SignedIn>> {
    const attempt = { email, address };
    const { source } = await this.#signInLimits.admit(attempt);
    const found = await this.#store.findPassword(email);
    const correct = await this.#hasher.verify(password, found?.hash, source);
    if (!found || !correct) {
      this.#security.note('sign-in failed', found && { userId: found.user.id });
      await this.#signInLimits.fail(attempt);
      throw new AppError('unauthorized', 'the email or the password is wrong');
    }
    // Again: of many guesses at once, those that come after the last permitted failure must not learn the result.
    const { quota } = await this.#signInLimits.admit(attempt);
    const session = this.#newSession(userAgent);
    await this.#store.openSession(found.user.id, session);
    await this.#signInLimits.succeed(attempt);
    return { result: await this.#signedIn(found.user, session.id, session.refreshToken), quota };
  }

  /**
   * Uses a refresh token up and gives a new pair. Used again within 10 s while its successor is unused, it gives the
   * same successor again; used again later, it ends the session.
   * @throws AppError `unauthorized`; `rate_limited` after too many refreshes of the user, or too many unknown tokens from the
   * address.
   */
  async refresh(refreshToken: string, address: string): Promise<Limited<SignedIn>> {
    const hash = hashOf(refreshToken);
    const found = await this.#store.findRefreshToken(hash);
    if (!found) throw await this.#badRefresh(address);
    // A client may repeat a refresh whose reply was lost within 10 s. A later repetition ends the session.
    const quota = found.used
      ? await this.#limits.peek('refreshes', found.userId)
      : await this.#limits.consume('refreshes', found.userId);
    const successor = successorOf(refreshToken, this.#refreshKey);
    const rotated = await this.#store.rotate(hash, hashOf(successor));
    if (rotated.kind === 'rotated') {
      return { result: await this.#signedIn(rotated.user, rotated.sessionId, successor), quota };
    }
    if (rotated.kind === 'reused') {
      this.#security.note('refresh token reused', { userId: rotated.userId, sessionId: rotated.sessionId });
      this.#notifier.notify('sessions');
    }
    throw await this.#badRefresh(address);
  }

  /** @throws AppError `rate_limited` in place of what it returns, after too many. */
  async #badRefresh(address: string): Promise<AppError> {
    await this.#limits.consume('failedRefreshes', address);
    return new AppError('unauthorized', 'the refresh token is unknown, used or expired');
  }

  async #createUser(user: NewUser, userAgent: string | undefined): Promise<SignedIn> {
    const session = this.#newSession(userAgent);
    const created = await this.#store.createUser(user, session);
    if (created.kind === 'email_taken') throw new AppError('conflict', 'the email is taken');
    return this.#signedIn(created.user, session.id, session.refreshToken);
  }

  #newSession(userAgent: string | undefined) {
    const refreshToken = newOpaqueToken();
    return { id: this.#newId(), refreshToken, refreshHash: hashOf(refreshToken), userAgent };
  }

  async #signedIn(user: User, sessionId: string, refreshToken: string): Promise<SignedIn> {
    const { token, expiresIn } = await this.#issuer.issue(user.id, sessionId);
    return { user, accessToken: token, refreshToken, expiresIn };
  }
}
