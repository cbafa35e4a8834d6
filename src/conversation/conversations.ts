import type { GenerationLog } from '../generation/generation-log.js';
import type { Clock } from '../kernel/clock.js';
import { AppError } from '../kernel/errors.js';
import { conversationTopic, type Notifier } from '../kernel/notifier.js';
import { withTimeout } from '../kernel/with-timeout.js';
import type { Conversation } from '../protocol/conversation.js';
import type { ConversationChange, ConversationKey, ConversationStore } from './conversation-store.js';

export interface ConversationPorts {
  readonly store: ConversationStore;
  readonly log: GenerationLog;
  readonly notifier: Notifier;
  readonly clock: Clock;
}

/** How long a delete waits for the logs to be erased, in ms; while Redis is down they are erased when it comes back. */
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

  /** Pinned ones first, then the one with the newest message; `nextCursor` is null on the last page. */
  async list(
    userId: string,
    limit: number,
    cursor: ConversationKey | undefined,
    archived: boolean,
  ): Promise<{ items: readonly Conversation[]; nextCursor: string | null }> {
    const found = await this.#ports.store.list(userId, limit + 1, cursor, archived);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { items, nextCursor: found.length > limit && last ? conversationCursor(last) : null };
  }

  async find(userId: string, id: string): Promise<Conversation> {
    return found(await this.#ports.store.find(userId, id));
  }

  async change(userId: string, id: string, change: ConversationChange): Promise<Conversation> {
    return found(await this.#ports.store.change(userId, id, change));
  }

  /** Its generations stop, its streams end, and its text is gone from the logs too. */
  async remove(userId: string, id: string): Promise<void> {
    const { store, log, notifier, clock } = this.#ports;
    const refs = found(await store.remove(userId, id));
    notifier.notify('stops');
    const erased = log.erase(refs).catch(() => {});
    await withTimeout(clock, ERASE_MS, erased);
    notifier.notify(conversationTopic(id));
  }
}

function conversationCursor({ pinned, updatedAt, id }: ConversationKey): string {
  return `${pinned ? 'p' : ''}${Date.parse(updatedAt)}.${id}`;
}

/** Reads a `nextCursor` back; undefined for anything else. */
export function parseConversationCursor(cursor: string): ConversationKey | undefined {
  const [, pinned, ms, id] =
    /^(p?)(\d{1,15})\.([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/.exec(cursor) ?? [];
  return ms === undefined || id === undefined
    ? undefined
    : { updatedAt: new Date(Number(ms)).toISOString(), id, pinned: pinned === 'p' };
}

/** @throws AppError `not_found` for what is not there, or not this user's. */
export function found<T>(value: T | undefined): T {
  if (value === undefined) throw new AppError('not_found', 'there is no such conversation or message');
  return value;
}
