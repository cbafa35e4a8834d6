import type { ConversationProgress, ConversationStore } from '../conversation/conversation-store.js';
import type { Clock } from '../kernel/clock.js';
import { type Notifier, userTopic } from '../kernel/notifier.js';
import { WakeSignal } from '../kernel/wake-signal.js';
import { MAX_PLACES } from '../protocol/places.js';

export interface UserActivityPorts {
  readonly store: Pick<ConversationStore, 'newest'>;
  readonly notifier: Notifier;
  readonly clock: Clock;
}

/** In this conversation, answer `seq` and those after it have not been seen. The last one is `last`. */
export interface ActivityNews {
  readonly conversationId: string;
  readonly seq: number;
  readonly last: number;
}

/** How often the user's conversations are looked at without a notification, in ms. */
const POLL_MS = 5000;

/** How many conversations a look reads. It reads `MAX_PLACES` when all of these have news. */
const NEWEST = 20;

/** Finds out in which of a user's conversations something has been accepted. A quiet conversation costs nothing. */
export class UserActivity {
  readonly #ports: UserActivityPorts;
  readonly #userId: string;
  readonly #changes: WakeSignal;
  /** By conversation, the highest `seq` that was seen. */
  readonly #seen: Map<string, number>;
  #running: readonly ActivityNews[];

  private constructor(
    ports: UserActivityPorts,
    userId: string,
    changes: WakeSignal,
    newest: readonly ConversationProgress[],
  ) {
    this.#ports = ports;
    this.#userId = userId;
    this.#changes = changes;
    this.#seen = new Map(newest.map(({ id, last }) => [id, last]));
    this.#running = newest.flatMap(({ id, last, open }) =>
      open === undefined ? [] : [{ conversationId: id, seq: open, last }],
    );
  }

  /** Whatever is accepted after this has resolved is news. */
  static async open(ports: UserActivityPorts, userId: string): Promise<UserActivity> {
    const changes = await WakeSignal.subscribe(ports.notifier, userTopic(userId), ports.clock);
    try {
      return new UserActivity(ports, userId, changes, await ports.store.newest(userId, MAX_PLACES));
    } catch (error) {
      changes.close();
      throw error;
    }
  }

  /** The answers that ran or waited when this was opened. */
  get running(): readonly ActivityNews[] {
    return this.#running;
  }

  /** What has been accepted and was not marked as seen, in the order in which it came. */
  async news(): Promise<readonly ActivityNews[]> {
    const { store } = this.#ports;
    const isNews = ({ id, last }: ConversationProgress): boolean => last > 0 && this.#seen.get(id) !== last;
    let newest = await store.newest(this.#userId, NEWEST);
    if (newest.length === NEWEST && newest.every(isNews)) {
      newest = await store.newest(this.#userId, MAX_PLACES);
    }
    return newest
      .filter(isNews)
      .map(({ id, last, open }) => {
        const seen = this.#seen.get(id);
        // Undefined: too old for the first look. News: its first open answer, else its last.
        return { conversationId: id, seq: seen === undefined ? (open ?? last) : seen + 1, last };
      })
      .toReversed();
  }

  /** Everything up to answer `seq` has been seen. */
  markSeen(conversationId: string, seq: number): void {
    this.#seen.set(conversationId, seq);
  }

  /** Resolves when there may be news, or when `signal` aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    await this.#changes.wait(POLL_MS, signal);
  }

  close(): void {
    this.#changes.close();
  }
}
