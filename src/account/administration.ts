import type { Audit, AuditKind } from '../kernel/audit.js';
import { AppError } from '../kernel/errors.js';
import type { Notifier } from '../kernel/notifier.js';
import { requireUncommon } from './common-passwords.js';
import type { Deleted, UserDeletion } from './deletion.js';
import type { UserExport } from './export.js';
import type { PasswordHasher, UserEntry, UserStore } from './ports.js';
import type { Registration, User } from './user.js';

export interface AdministrationOptions {
  readonly store: UserStore;
  readonly hasher: PasswordHasher;
  readonly deletion: UserDeletion;
  readonly userExport: UserExport;
  /** Removes some of what nobody can reach any more, and says whether there is more. */
  readonly purge: { purge(): Promise<boolean> };
  readonly notifier: Notifier;
  readonly audit?: Audit | undefined;
  readonly newId: () => string;
}

/** In whose name an operator's passwords wait to be hashed. */
const OPERATOR = 'operator';

/** What an operator does with users, whoever they are. A user is named by email or id. */
export class Administration {
  readonly #options: AdministrationOptions;

  constructor(options: AdministrationOptions) {
    this.#options = options;
  }

  list(): Promise<readonly UserEntry[]> {
    this.#record('operatorList', 'read');
    return this.#options.store.listUsers();
  }

  /** @throws AppError `conflict` when the email is taken; `bad_request` for a common password. */
  async add({ email, password, name }: Registration): Promise<User> {
    const { store, hasher, newId } = this.#options;
    requireUncommon(password);
    const passwordHash = await hasher.hash(password, OPERATOR);
    const created = await store.addUser({ id: newId(), name: name ?? null, login: { email, passwordHash } });
    if (created.kind === 'email_taken') throw new AppError('conflict', 'the email is taken');
    this.#record('operatorAdd', 'create', created.user.id);
    return created.user;
  }

  /**
   * Also ends all sessions of the user, because somebody else may have known the old password. Returns how many ended.
   * @throws AppError `not_found`; `conflict` for a user who has no password here; `bad_request` for a common password.
   */
  async changePassword(user: string, password: string): Promise<number> {
    const { store, hasher } = this.#options;
    requireUncommon(password);
    const id = await this.#find(user);
    const changed = await store.setPassword(id, await hasher.hash(password, OPERATOR));
    if (!changed) throw new AppError('conflict', 'the user does not sign in with a password here');
    this.#record('operatorPassword', 'update', id);
    return this.#revoke(id);
  }

  /** Ends all sessions and their streams, and returns how many. @throws AppError `not_found` */
  async signOut(user: string): Promise<number> {
    const id = await this.#find(user);
    this.#record('operatorSignOut', 'execute', id);
    return this.#revoke(id);
  }

  /** As the user's own export: the document in pieces. @throws AppError `not_found` */
  async *export(user: string): AsyncGenerator<string, void> {
    const id = await this.#find(user);
    this.#record('operatorExport', 'read', id);
    yield* this.#options.userExport.pieces(id);
  }

  /**
   * As the user's own deletion of the account, and its rows are gone when it returns: an operator does not have to wait for a
   * worker. @throws AppError `not_found`
   */
  async delete(user: string): Promise<Deleted> {
    const { deletion, purge } = this.#options;
    const id = await this.#find(user);
    const deleted = await deletion.delete(id);
    if (!deleted) throw noSuchUser();
    this.#record('operatorDelete', 'delete', id);
    while (await purge.purge()) {
      // There is more.
    }
    return deleted;
  }

  #record(operation: string, kind: AuditKind, userId?: string): void {
    this.#options.audit?.record({ operation, kind, outcome: 'success', userId });
  }

  async #revoke(id: string): Promise<number> {
    const ended = await this.#options.store.revokeSessions(id);
    this.#options.notifier.notify('sessions');
    return ended;
  }

  async #find(user: string): Promise<string> {
    const id = await this.#options.store.findUserId(user);
    if (id === undefined) throw noSuchUser();
    return id;
  }
}

function noSuchUser(): AppError {
  return new AppError('not_found', 'there is no such user');
}
