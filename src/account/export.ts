import type { StoredMessage } from '../conversation/conversation-store.js';
import type { MessageHistory } from '../conversation/history.js';
import { AppError } from '../kernel/errors.js';
import type { Attachment } from '../protocol/attachment.js';
import type { Conversation } from '../protocol/conversation.js';
import type { Session } from './ports.js';
import type { User } from './user.js';

/** Reads what is kept of one user, a little at a time. */
export interface ExportStore {
  user(userId: string): Promise<ExportedUser | undefined>;
  /** All sessions that are kept, also those that have ended, oldest first. */
  sessions(userId: string): Promise<readonly ExportedSession[]>;
  /** The ids of all conversations, oldest first. */
  conversationIds(userId: string): Promise<readonly string[]>;
  /** Undefined when it was deleted meanwhile. */
  conversation(userId: string, id: string): Promise<ExportedConversation | undefined>;
  /** The messages after `after`, oldest first; few enough for the memory of the process. Empty after the last. */
  messages(userId: string, id: string, after?: StoredMessage['key']): Promise<readonly StoredMessage[]>;
  /** What requests of other protocols brought beside their messages, those after `after`, a few at a time. */
  requests(userId: string, id: string, after?: string): Promise<readonly ExportedRequest[]>;
  /** All attachments, oldest first, without their bytes. */
  attachments(userId: string): Promise<readonly ExportedAttachment[]>;
  /** What the audit trail has of the user, after `after`, oldest first and a page at a time. */
  audit(userId: string, after?: ExportedAuditEvent): Promise<readonly ExportedAuditEvent[]>;
  /** The bytes of one. @throws when it is deleted meanwhile. */
  content(attachmentId: string): AsyncIterable<Buffer>;
}

export interface ExportedAuditEvent {
  readonly id: string;
  readonly at: string;
  readonly operation: string;
  readonly outcome: string;
  readonly conversationId: string | null;
  readonly messageId: string | null;
  readonly address: string | null;
}

export interface ExportedRequest {
  readonly client_message_id: string;
  /** Turns that the model was given before the message, as JSON. */
  readonly turns: unknown;
  readonly fields: unknown;
}

export interface ExportedAttachment extends Attachment {
  /** Null until it is sent. */
  readonly messageId: string | null;
  readonly createdAt: string;
}

export interface ExportedConversation extends Conversation {
  /** What a client of another protocol calls it. */
  readonly clientName: string | null;
}

export interface ExportedUser extends User {
  readonly kind: 'local' | 'outside' | 'demo';
  readonly issuer: string | null;
  readonly subject: string | null;
}

export interface ExportedSession extends Session {
  readonly revokedAt: string | null;
}

/** Of the document, so that whoever reads it later knows what it is. */
const FORMAT = { format: 'veda-gateway-export', version: 1 };

/**
 * Everything that is kept of a user, as one JSON document (docs/protocol.md, "The own account"). Passwords and tokens are kept
 * as hashes and are left out.
 */
export class UserExport {
  readonly #store: ExportStore;
  readonly #history: Pick<MessageHistory, 'current'>;

  constructor(store: ExportStore, history: Pick<MessageHistory, 'current'>) {
    this.#store = store;
    this.#history = history;
  }

  /**
   * The document in pieces. Each is read when the caller asks for it, so the caller sets the pace. It is no snapshot: a
   * message that is sent meanwhile may be missing, but no message is incomplete.
   * @throws AppError `unauthorized` before the first piece when the user is gone.
   */
  async *pieces(userId: string): AsyncGenerator<string, void> {
    const user = await this.#store.user(userId);
    if (!user) throw new AppError('unauthorized', 'the user is gone');
    const head = { ...FORMAT, exportedAt: new Date().toISOString(), user };
    yield `${JSON.stringify(head).slice(0, -1)},"sessions":${JSON.stringify(await this.#store.sessions(userId))}`;
    yield ',"conversations":[';
    let separator = '';
    for (const id of await this.#store.conversationIds(userId)) {
      const conversation = await this.#store.conversation(userId, id);
      // Deleted meanwhile.
      if (!conversation) continue;
      yield separator + JSON.stringify(conversation).slice(0, -1);
      yield* this.#messages(userId, id);
      yield* this.#requests(userId, id);
      yield '}';
      separator = ',';
    }
    yield '],"attachments":[';
    separator = '';
    for (const attachment of await this.#store.attachments(userId)) {
      yield `${separator}${JSON.stringify(attachment).slice(0, -1)},"content":"`;
      yield* base64(this.#store.content(attachment.id));
      yield '"}';
      separator = ',';
    }
    yield '],"audit":[';
    separator = '';
    let page = await this.#store.audit(userId);
    while (page.length > 0) {
      yield separator + page.map((event) => JSON.stringify(event)).join(',');
      separator = ',';
      page = await this.#store.audit(userId, page.at(-1));
    }
    yield ']}\n';
  }

  async *#messages(userId: string, id: string): AsyncGenerator<string, void> {
    yield ',"messages":[';
    let separator = '';
    let after: StoredMessage['key'] | undefined;
    for (;;) {
      const page = await this.#store.messages(userId, id, after);
      for (const stored of page) {
        yield separator + JSON.stringify(await this.#history.current(stored));
        separator = ',';
      }
      after = page.at(-1)?.key;
      if (!after) break;
    }
    yield ']';
  }

  async *#requests(userId: string, id: string): AsyncGenerator<string, void> {
    let page = await this.#store.requests(userId, id);
    if (page.length === 0) return;
    yield ',"requests":[';
    let separator = '';
    while (page.length > 0) {
      for (const request of page) {
        yield separator + JSON.stringify(request);
        separator = ',';
      }
      page = await this.#store.requests(userId, id, page.at(-1)?.client_message_id);
    }
    yield ']';
  }
}

/** Three bytes are four characters: what is left of a piece goes with the next one. */
async function* base64(pieces: AsyncIterable<Buffer>): AsyncGenerator<string, void> {
  let left = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes = Buffer.concat([left, piece]);
    const whole = bytes.length - (bytes.length % 3);
    yield bytes.toString('base64', 0, whole);
    left = bytes.subarray(whole);
  }
  yield left.toString('base64');
}
