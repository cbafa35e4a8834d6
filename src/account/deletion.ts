import type { GenerationLog } from '../generation/generation-log.js';
import type { Clock } from '../kernel/clock.js';
import { conversationTopic, type Notifier } from '../kernel/notifier.js';
import { withTimeout } from '../kernel/with-timeout.js';
import type { DeletionStore } from './ports.js';

export interface DeletionPorts {
  readonly store: DeletionStore;
  readonly log: GenerationLog;
  readonly notifier: Notifier;
  readonly clock: Clock;
}

export interface Deleted {
  /** How many answers the user's conversations had. */
  readonly answers: number;
  /** False when the logs could not be reached: a worker erases them as soon as they can be. */
  readonly logsErased: boolean;
}

/** How long a deletion waits for the logs to be erased, in ms. */
const ERASE_MS = 2000;

/**
 * Deletes users. When it returns nobody can sign in as the user, running answers are stopped and streams end. The workers'
 * purger removes the rest.
 */
export class UserDeletion {
  readonly #ports: DeletionPorts;

  constructor(ports: DeletionPorts) {
    this.#ports = ports;
  }

  /** Undefined when there is no such user, or not any more. */
  async delete(userId: string): Promise<Deleted | undefined> {
    const { store, log, notifier, clock } = this.#ports;
    if (!(await store.deleteUser(userId))) return undefined;
    // First, so that a stream ends because its user is signed out, and not because its conversation is missing.
    notifier.notify('sessions');
    const { answers, logs } = await store.disownConversations(userId);
    notifier.notify('stops');
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
}
