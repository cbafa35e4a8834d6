import type { Knex } from 'knex';
import type { Accepted, AcceptRequest } from '../../conversation/conversation-store.js';
import { titleFrom } from '../../conversation/title.js';
import type { GenerationRef } from '../../generation/generation-log.js';
import { holdAttachments, linkAttachments } from './message-attachments.js';
import {
  ATTEMPTS_COLUMN,
  MESSAGE_COLUMNS,
  MESSAGES_WITH_GENERATIONS,
  type MessageRowWithAttempts,
  toMessage,
  toStoredMessage,
} from './message-row.js';
import { rows } from './rows.js';

interface KnownRow {
  readonly id: string;
  readonly seq: number;
  readonly request_hash: Buffer;
}

/** One message being accepted, in a transaction that holds its conversation's row: accepts take turns. */
export class Acceptance {
  readonly #transaction: Knex.Transaction;
  readonly #request: AcceptRequest;
  readonly #newId: () => string;

  constructor(transaction: Knex.Transaction, request: AcceptRequest, newId: () => string) {
    this.#transaction = transaction;
    this.#request = request;
    this.#newId = newId;
  }

  async accept(): Promise<Accepted> {
    const { operation, queueAvailable, overLimit } = this.#request;
    const lastSeq = await this.#lockConversation();
    if (lastSeq === undefined) return { kind: 'not_found' };
    // Before every reason to refuse: what was accepted once is never refused when it comes again.
    const known = await this.#known();
    if (known && !known.request_hash.equals(this.#request.requestHash)) return { kind: 'mismatch' };
    if (known) return this.#accepted(known.id, known.seq, true, []);
    if (!queueAvailable) return { kind: 'unavailable' };
    if (overLimit) return { kind: 'rate_limited' };

    const seq = lastSeq + 1;
    if (operation.kind === 'regenerate') {
      const question = await this.#questionOf(operation.messageId);
      if (typeof question === 'object') return question;
      return this.#insertAnswer(seq, question, []);
    }
    const attachments = operation.attachments ?? [];
    if (!(await holdAttachments(this.#transaction, this.#request.userId, attachments))) {
      return { kind: 'no_attachment' };
    }
    const open = operation.whenBusy === 'queue' ? [] : await this.#open();
    if (open.length > 0 && operation.whenBusy === 'reject') return { kind: 'busy' };
    if (open.length > 0) await this.#stop(open);
    const question = await this.#insertMessage(seq, 'user', null, operation.text);
    await linkAttachments(this.#transaction, question, attachments);
    if (seq === 1) await this.#giveTitle(operation.text);
    return this.#insertAnswer(seq, question, open);
  }

  async #lockConversation(): Promise<number | undefined> {
    const { conversationId, userId } = this.#request;
    const [row] = await rows<{ last_seq: number }>(
      this.#transaction,
      'select last_seq from conversations where id = ? and user_id = ? for update',
      [conversationId, userId],
    );
    return row?.last_seq;
  }

  async #known(): Promise<KnownRow | undefined> {
    const { conversationId, clientMessageId } = this.#request;
    const [row] = await rows<KnownRow>(
      this.#transaction,
      'select id, seq, request_hash from generations where conversation_id = ? and client_message_id = ?',
      [conversationId, clientMessageId],
    );
    return row;
  }

  /** The id of the user message that an answer answers, or why it cannot be answered anew. */
  async #questionOf(messageId: string): Promise<string | Accepted> {
    const [row] = await rows<{ reply_to: string | null }>(
      this.#transaction,
      'select reply_to from messages where id = ? and conversation_id = ?',
      [messageId, this.#request.conversationId],
    );
    if (!row) return { kind: 'not_found' };
    return row.reply_to ?? { kind: 'not_an_answer' };
  }

  async #open(): Promise<readonly GenerationRef[]> {
    const { conversationId } = this.#request;
    const open = await rows<{ id: string; seq: number }>(
      this.#transaction,
      'select id, seq from generations where conversation_id = ? and ended_at is null order by seq',
      [conversationId],
    );
    return open.map(({ id, seq }) => ({ conversationId, messageId: id, seq }));
  }

  async #stop(open: readonly GenerationRef[]): Promise<void> {
    await this.#transaction.raw(
      'update generations set stop_requested_at = coalesce(stop_requested_at, now()) where id = any(?::uuid[])',
      [open.map(({ messageId }) => messageId)],
    );
  }

  async #insertMessage(
    seq: number,
    role: 'user' | 'assistant',
    replyTo: string | null,
    content: string,
  ): Promise<string> {
    const id = this.#newId();
    const { conversationId } = this.#request;
    await this.#transaction.raw(
      'insert into messages (id, conversation_id, seq, role, reply_to, content) values (?, ?, ?, ?, ?, ?)',
      [id, conversationId, seq, role, replyTo, content],
    );
    return id;
  }

  /** A title that the user gave stays. */
  async #giveTitle(firstMessage: string): Promise<void> {
    await this.#transaction.raw('update conversations set title = ? where id = ? and title is null', [
      titleFrom(firstMessage),
      this.#request.conversationId,
    ]);
  }

  async #insertAnswer(
    seq: number,
    question: string,
    interrupted: readonly GenerationRef[],
  ): Promise<Accepted> {
    const { conversationId, clientMessageId, requestHash } = this.#request;
    const id = await this.#insertMessage(seq, 'assistant', question, '');
    await this.#transaction.raw(
      `insert into generations (id, conversation_id, seq, client_message_id, request_hash)
       values (?, ?, ?, ?, ?)`,
      [id, conversationId, seq, clientMessageId, requestHash],
    );
    await this.#transaction.raw('update conversations set last_seq = ?, updated_at = now() where id = ?', [
      seq,
      conversationId,
    ]);
    return this.#accepted(id, seq, false, interrupted);
  }

  async #accepted(
    messageId: string,
    seq: number,
    duplicate: boolean,
    interrupted: readonly GenerationRef[],
  ): Promise<Accepted> {
    const { conversationId } = this.#request;
    const found = await rows<MessageRowWithAttempts>(
      this.#transaction,
      `select ${MESSAGE_COLUMNS}, m.content, ${ATTEMPTS_COLUMN} from ${MESSAGES_WITH_GENERATIONS}
       where m.id = ? or m.id = (select reply_to from messages where id = ?)`,
      [messageId, messageId],
    );
    const answer = found.find((row) => row.id === messageId);
    const question = found.find((row) => row.id !== messageId);
    if (!answer || !question) throw new Error('an accepted message is not there');
    return {
      kind: 'accepted',
      duplicate,
      userMessage: toMessage(question),
      answer: toStoredMessage(answer),
      ref: { conversationId, messageId, seq },
      interrupted,
    };
  }
}
