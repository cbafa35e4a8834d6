import { writerOf } from '../generation/attempts.js';
import type { GenerationLog, GenerationRef } from '../generation/generation-log.js';
import { afterAccepted, type Cursor, formatCursor } from '../protocol/cursor.js';
import type { Message } from '../protocol/message.js';
import type {
  ConversationStore,
  MessageKey,
  RunningGeneration,
  StoredMessage,
} from './conversation-store.js';
import { found } from './conversations.js';
import { endOf } from './start.js';

export interface HistoryPorts {
  readonly store: ConversationStore;
  readonly log: GenerationLog;
}

export interface HistoryPage {
  /** Oldest first. */
  readonly items: readonly Message[];
  /** For the page before this one; null when there is none. */
  readonly nextCursor: string | null;
  /** Where a stream goes on from exactly this page's newest state. */
  readonly streamCursor: string;
}

/** The messages of a conversation as they are now, an answer that is being written with its text so far. */
export class MessageHistory {
  readonly #ports: HistoryPorts;

  constructor(ports: HistoryPorts) {
    this.#ports = ports;
  }

  /** @throws AppError `not_found` */
  async page(
    userId: string,
    id: string,
    limit: number,
    before: MessageKey | undefined,
  ): Promise<HistoryPage> {
    const { messages, more, state } = found(await this.#ports.store.history(userId, id, limit, before));
    const written = state.open && (await this.#written(state.open));
    const openId = state.open?.ref.messageId;
    const items = messages.map(({ message }) =>
      message.id === openId && written ? { ...message, content: written.text } : message,
    );
    const oldest = messages[0]?.key;
    return {
      items,
      nextCursor: more && oldest ? `${oldest.seq}.${oldest.role}` : null,
      streamCursor: formatCursor(written?.cursor ?? endOf(state)),
    };
  }

  /** @throws AppError `not_found` */
  async message(userId: string, id: string, messageId: string): Promise<Message> {
    return this.current(found(await this.#ports.store.message(userId, id, messageId)));
  }

  /** The first answer that has not ended; undefined when nothing runs or waits. @throws AppError `not_found` */
  async open(userId: string, id: string): Promise<GenerationRef | undefined> {
    return found(await this.#ports.store.state(userId, id)).open?.ref;
  }

  /** Whether no later answer was asked for in the conversation. @throws AppError `not_found` */
  async isNewest(userId: string, { conversationId, seq }: GenerationRef): Promise<boolean> {
    return found(await this.#ports.store.state(userId, conversationId)).last === seq;
  }

  /** The message with the text that it has by now. */
  async current({ message, running }: StoredMessage): Promise<Message> {
    if (!running) return message;
    return { ...message, content: (await this.#written(running)).text };
  }

  async #written({ ref, attempts }: RunningGeneration): Promise<{ text: string; cursor: Cursor }> {
    // While the log is down the message is shown without text. Its cursor is at the beginning, so a stream brings all text.
    const snapshot = attempts.length > 0 ? await this.#ports.log.peek(ref).catch(() => undefined) : undefined;
    const position = Buffer.byteLength(snapshot?.text ?? '');
    if (!snapshot || position === 0) return { text: '', cursor: afterAccepted(ref.seq) };
    const attempt = writerOf(position, snapshot.attempts);
    return { text: snapshot.text, cursor: { seq: ref.seq, attempt, position } };
  }
}

/** Reads a `nextCursor` back; undefined for anything else. */
export function parseMessageKey(cursor: string): MessageKey | undefined {
  const match = /^([1-9]\d{0,8})\.(user|assistant)$/.exec(cursor);
  return match ? { seq: Number(match[1]), role: match[2] as MessageKey['role'] } : undefined;
}
