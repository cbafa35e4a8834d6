import { AppError } from '../kernel/errors.js';
import type { Notifier } from '../kernel/notifier.js';
import type { SecurityLog } from '../kernel/security-log.js';
import { requireUncommon } from './common-passwords.js';
import type { AccountStore, PasswordHasher } from './ports.js';
import type { Principal } from './principal.js';
import type { SignInLimits } from './sign-in-limits.js';
import type { User } from './user.js';

export interface CredentialsOptions {
  readonly store: AccountStore;
  readonly hasher: PasswordHasher;
  readonly signInLimits: SignInLimits;
  readonly security: SecurityLog;
  readonly notifier: Notifier;
}

export interface ProfileRequest {
  readonly name?: string | null | undefined;
  readonly email?: string | undefined;
  readonly password?: string | undefined;
}

/**
 * What a person who has signed in does with name, email and password. Whoever finds an unlocked phone is signed in too, so
 * what would lock the owner out needs the password. Wrong ones count against the same limits as failed sign-ins.
 */
export class Credentials {
  readonly #options: CredentialsOptions;

  constructor(options: CredentialsOptions) {
    this.#options = options;
  }

  /**
   * Returns at once for an account without a password: there is nothing to ask for.
   * @throws AppError `forbidden` when the password is missing or wrong; `rate_limited` after too many wrong ones.
   */
  async confirm({ userId }: Principal, password: string | undefined, address: string): Promise<void> {
    const { store, hasher, signInLimits, security } = this.#options;
    const stored = await store.findPasswordOf(userId);
    if (!stored) return;
    if (password === undefined) throw new AppError('forbidden', 'the password of the account is required');
    const attempt = { email: String(stored.user.email), address };
    const { source } = await signInLimits.admit(attempt);
    if (!(await hasher.verify(password, stored.hash, source))) {
      security.note('sign-in failed', { userId });
      await signInLimits.fail(attempt);
      throw new AppError('forbidden', 'the password is wrong');
    }
    // Again: of many guesses at once, those that come after the last permitted failure must not learn the result.
    await signInLimits.admit(attempt);
  }

  /**
   * Also ends all other sessions: whoever knew the old password must not stay.
   * @throws AppError `conflict` for an account without a password, and what `confirm` throws; `bad_request` for a common one.
   */
  async changePassword(
    principal: Principal,
    { currentPassword, newPassword }: { currentPassword: string; newPassword: string },
    address: string,
  ): Promise<void> {
    const { store, hasher, notifier } = this.#options;
    if (!(await store.findPasswordOf(principal.userId))) throw withoutPassword();
    requireUncommon(newPassword);
    await this.confirm(principal, currentPassword, address);
    await store.changePassword(principal.userId, await hasher.hash(newPassword, address));
    await store.endOtherSessions(principal.userId, principal.sessionId);
    notifier.notify('sessions');
  }

  /**
   * Changes what is given. Another email needs the password.
   * @throws AppError `conflict` when the email is taken or the account has none, and what `confirm` throws.
   */
  async changeProfile(
    principal: Principal,
    { name, email, password }: ProfileRequest,
    address: string,
  ): Promise<User> {
    const { store } = this.#options;
    if (email !== undefined) {
      if (!(await store.findPasswordOf(principal.userId))) throw withoutPassword();
      await this.confirm(principal, password, address);
    }
    const changed = await store.changeProfile(principal.userId, { name, email });
    if (changed.kind === 'email_taken') throw new AppError('conflict', 'the email is taken');
    if (changed.kind === 'gone') throw new AppError('unauthorized', 'the user is gone');
    return changed.user;
  }
}

function withoutPassword(): AppError {
  return new AppError('conflict', 'the account does not sign in with a password here');
}
