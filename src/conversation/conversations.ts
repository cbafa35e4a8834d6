import { AppError } from '../errors.js';
import { atMost } from '../generation/at-most.js';
import type { Clock } from '../generation/clock.js';
import { conversationTopic, type Doorbell } from '../generation/doorbell.js';
import type { GenerationLog } from '../generation/log.js';
import type { Conversation } from './conversation.js';
import type { ConversationStore } from './store.js';

export interface ConversationPorts {
  readonly store: ConversationStore;
  readonly log: GenerationLog;
  readonly doorbell: Doorbell;
  readonly clock: Clock;
}

/** How long a delete waits for the logs to be erased, in ms; while Redis is away they are erased when it comes back. */
const ERASE_MS = 2000;

/** The conversations of a user. Those of others do not exist: `not_found`. */
export class Conversations {
  readonly #ports: ConversationPorts;

  constructor(ports: ConversationPorts) {
    this.#ports = ports;
  }

  create(userId: string, title: string | undefined): Promise<Conversation> {
    return this.#ports.store.create(userId, title ?? null);
  }

  /** Newest first; `nextCursor` is null on the last page. */
  async list(
    userId: string,
    limit: number,
    cursor: string | undefined,
  ): Promise<{ items: readonly Conversation[]; nextCursor: string | null }> {
    const found = await this.#ports.store.list(userId, limit + 1, cursor);
    const items = found.slice(0, limit);
    return { items, nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  async find(userId: string, id: string): Promise<Conversation> {
    return found(await this.#ports.store.find(userId, id));
  }

  async rename(userId: string, id: string, title: string | null): Promise<Conversation> {
    return found(await this.#ports.store.rename(userId, id, title));
  }

  /** Its generations stop, its streams end, and its text is gone from the logs too. */
  async remove(userId: string, id: string): Promise<void> {
    const { store, log, doorbell, clock } = this.#ports;
    const refs = found(await store.remove(userId, id));
    doorbell.ring('stops');
    const erased = log.erase(refs).catch(() => {});
    await atMost(clock, ERASE_MS, erased);
    doorbell.ring(conversationTopic(id));
  }
}

/** @throws AppError `not_found` for what is not there, or not this user's. */
export function found<T>(value: T | undefined): T {
  if (value === undefined) throw new AppError('not_found', 'there is no such conversation or message');
  return value;
}
