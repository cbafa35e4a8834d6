import type { Clock } from '../../kernel/clock.js';
import { type DataKey, newWrappedKey, unwrap, type WrappedKey } from './data-key.js';
import { EncryptionError } from './encryption-error.js';
import type { KeyFile } from './key-file.js';

/** Where wrapped data keys are kept. */
export interface DataKeyStore {
  find(id: string): Promise<WrappedKey | undefined>;
  findOf(userId: string): Promise<WrappedKey | undefined>;
  /** The one that the user has, which may be another than the given one. Undefined when the user is gone. */
  add(key: WrappedKey): Promise<WrappedKey | undefined>;
  /** Whose the conversation is; undefined when it is gone. */
  ownerOf(conversationId: string): Promise<string | undefined>;
}

/** Whose text is sealed. */
export type Owner = { readonly userId: string } | { readonly conversationId: string };

/** Users and conversations whose keys are kept at once. About 1 KB each. */
const MOST = 10_000;
/**
 * How long a key is kept, in ms. After a deletion in another process it may be here for twice as long, because it is kept by
 * conversation and by user.
 */
const KEPT_MS = 30_000;

/** The data keys of users, unwrapped and kept in memory for a while. */
export class DataKeys {
  readonly #store: DataKeyStore;
  readonly #file: KeyFile;
  readonly #clock: Clock;
  readonly #newId: () => string;
  /** By id of the key, `user <id>` and `conversation <id>`; the oldest first. */
  readonly #kept = new Map<string, { readonly key: Promise<DataKey | undefined>; readonly until: number }>();

  constructor(store: DataKeyStore, file: KeyFile, clock: Clock, newId: () => string) {
    this.#store = store;
    this.#file = file;
    this.#clock = clock;
    this.#newId = newId;
  }

  /** The key that seals what is new. Made when the user has none. Undefined when the user or the conversation is gone. */
  of(owner: Owner): Promise<DataKey | undefined> {
    if ('userId' in owner) return this.#keep(`user ${owner.userId}`, () => this.#ofUser(owner.userId));
    const { conversationId } = owner;
    return this.#keep(`conversation ${conversationId}`, async () => {
      const userId = await this.#store.ownerOf(conversationId);
      return userId === undefined ? undefined : this.of({ userId });
    });
  }

  /** The key that has sealed something. @throws EncryptionError when it is not there, or its master key is not */
  async byId(id: string): Promise<DataKey> {
    const key = await this.#keep(id, async () => {
      const wrapped = await this.#store.find(id);
      return wrapped && this.#unwrap(wrapped);
    });
    if (!key)
      throw new EncryptionError('no_data_key', `the data key ${id} is not there: its user was deleted`);
    return key;
  }

  /** Forgets all keys: one of them has been destroyed. The others are read again when they are needed. */
  clear(): void {
    this.#kept.clear();
  }

  async #ofUser(userId: string): Promise<DataKey | undefined> {
    const found = (await this.#store.findOf(userId)) ?? (await this.#add(userId));
    return found && this.#unwrap(found);
  }

  async #add(userId: string): Promise<WrappedKey | undefined> {
    // Or it may be wrapped with a key that has been taken out of the file.
    await this.#file.reload();
    return this.#store.add(newWrappedKey(this.#newId(), userId, this.#file.current));
  }

  async #unwrap(wrapped: WrappedKey): Promise<DataKey> {
    const master = await this.#file.find(wrapped.masterKeyId);
    if (!master) {
      throw new EncryptionError(
        'no_master_key',
        `ENCRYPTION_KEY_FILE lacks the key ${wrapped.masterKeyId}, which wraps the data key ${wrapped.id}`,
      );
    }
    return unwrap(wrapped, master);
  }

  /** Neither a failure nor an absence is kept. */
  #keep(name: string, find: () => Promise<DataKey | undefined>): Promise<DataKey | undefined> {
    const now = this.#clock.now();
    const kept = this.#kept.get(name);
    if (kept && kept.until > now) return kept.key;
    this.#kept.delete(name);
    const entry = { key: find(), until: now + KEPT_MS };
    this.#kept.set(name, entry);
    const drop = (): void => {
      if (this.#kept.get(name) === entry) this.#kept.delete(name);
    };
    entry.key.then((key) => key ?? drop(), drop);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST) break;
      this.#kept.delete(oldest);
    }
    return entry.key;
  }
}
