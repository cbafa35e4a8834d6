import type { GenerationLog } from '../generation/generation-log.js';
import type { Clock } from '../kernel/clock.js';
import { AppError } from '../kernel/errors.js';
import { conversationTopic, type Notifier } from '../kernel/notifier.js';
import { withTimeout } from '../kernel/with-timeout.js';
import { requireUncommon } from './common-passwords.js';
import type { PasswordHasher, UserEntry, UserStore } from './ports.js';
import type { Registration, User } from './user.js';

export interface AdministrationOptions {
  readonly store: UserStore;
  readonly hasher: PasswordHasher;
  readonly log: GenerationLog;
  readonly notifier: Notifier;
  readonly clock: Clock;
  readonly newId: () => string;
}

export interface Removed {
  readonly answers: number;
  /** False when the logs could not be reached: their text is gone once the retention time has passed. */
  readonly logsErased: boolean;
}

/** How long removing a user waits for the logs to be erased, in ms. */
const ERASE_MS = 2000;

/** In whose name an operator's passwords wait to be hashed. */
const OPERATOR = 'operator';

/** What an operator does with users, whoever they are. A user is named by email or id. */
export class Administration {
  readonly #options: AdministrationOptions;

  constructor(options: AdministrationOptions) {
    this.#options = options;
  }

  list(): Promise<readonly UserEntry[]> {
    return this.#options.store.listUsers();
  }

  /** @throws AppError `conflict` when the email is taken; `bad_request` for a common password. */
  async add({ email, password, name }: Registration): Promise<User> {
    const { store, hasher, newId } = this.#options;
    requireUncommon(password);
    const passwordHash = await hasher.hash(password, OPERATOR);
    const created = await store.addUser({ id: newId(), name: name ?? null, login: { email, passwordHash } });
    if (created.kind === 'email_taken') throw new AppError('conflict', 'the email is taken');
    return created.user;
  }

  /**
   * Also signs the user out: whoever knew the old password must not stay. Returns how many sessions ended.
   * @throws AppError `not_found`; `conflict` for a user who has no password here; `bad_request` for a common password.
   */
  async changePassword(user: string, password: string): Promise<number> {
    const { store, hasher } = this.#options;
    requireUncommon(password);
    const id = await this.#find(user);
    const changed = await store.setPassword(id, await hasher.hash(password, OPERATOR));
    if (!changed) throw new AppError('conflict', 'the user does not sign in with a password here');
    return this.#revoke(id);
  }

  /** Ends all sessions and their streams, and returns how many. @throws AppError `not_found` */
  async signOut(user: string): Promise<number> {
    return this.#revoke(await this.#find(user));
  }

  /** As deleting each conversation, and then the account. @throws AppError `not_found` */
  async remove(user: string): Promise<Removed> {
    const { store, log, notifier, clock } = this.#options;
    const { answers, logs } = await store.removeUser(await this.#find(user));
    notifier.notify('stops');
    notifier.notify('sessions');
    let logsErased = false;
    const erase = async (): Promise<void> => {
      await log.erase(logs);
      logsErased = true;
    };
    await withTimeout(
      clock,
      ERASE_MS,
      erase().catch(() => {}),
    );
    for (const conversationId of new Set(logs.map((ref) => ref.conversationId))) {
      notifier.notify(conversationTopic(conversationId));
    }
    return { answers, logsErased };
  }

  async #revoke(id: string): Promise<number> {
    const ended = await this.#options.store.revokeSessions(id);
    this.#options.notifier.notify('sessions');
    return ended;
  }

  async #find(user: string): Promise<string> {
    const id = await this.#options.store.findUserId(user);
    if (id === undefined) throw new AppError('not_found', 'there is no such user');
    return id;
  }
}
