import type { Knex } from 'knex';
import { uuidv7 } from 'uuidv7';
import type {
  ExportedAttachment,
  ExportedAuditEvent,
  ExportedConversation,
  ExportedRequest,
  ExportedSession,
  ExportedUser,
  ExportStore,
} from '../../account/export.js';
import type { MessageKey, StoredMessage } from '../../conversation/conversation-store.js';
import type { Attachment } from '../../protocol/attachment.js';
import type { AttachmentFolder } from '../attachments/attachment-folder.js';
import { type Cipher, noCipher } from '../encryption/cipher.js';
import { placeOf } from '../encryption/place-of.js';
import { PostgresAttachmentStore } from './attachment-store.js';
import { ATTACHMENT_JSON } from './message-attachments.js';
import {
  ATTEMPTS_COLUMN,
  MESSAGE_COLUMNS,
  MESSAGES_WITH_GENERATIONS,
  type MessageRowWithAttempts,
  toStoredMessage,
} from './message-row.js';
import { openAttachment, openMessages, openTitle } from './open-rows.js';
import { rows } from './rows.js';

/** A page of messages has this many at the most, and ends with the one that reaches so many bytes. */
const MESSAGES = 100;
const PAGE_BYTES = 262_144;
/** Each may be as large as a request. */
const REQUESTS = 2;
const AUDIT_EVENTS = 500;

/** What is kept of a user, read for an export. */
export class PostgresExportStore implements ExportStore {
  readonly #database: Knex;
  readonly #model: string;
  readonly #cipher: Cipher;
  readonly #attachments: PostgresAttachmentStore;

  /**
   * @param model the deployment's, named as the author of what no model has begun
   * @param cipher how text is stored; as it is when absent
   * @param folder of attachments, if there is one
   */
  constructor(database: Knex, model: string, cipher: Cipher = noCipher, folder?: AttachmentFolder) {
    this.#database = database;
    this.#model = model;
    this.#cipher = cipher;
    this.#attachments = new PostgresAttachmentStore(database, uuidv7, cipher, { folder });
  }

  async user(userId: string): Promise<ExportedUser | undefined> {
    const [user] = await rows<Omit<ExportedUser, 'createdAt'> & { created_at: Date }>(
      this.#database,
      `select id, email, name, created_at, issuer, subject,
         case when is_demo then 'demo' when issuer is null then 'local' else 'outside' end as kind
       from users where id = ? and deleted_at is null`,
      [userId],
    );
    if (!user) return undefined;
    const { created_at: createdAt, ...fields } = user;
    return { ...fields, createdAt: createdAt.toISOString() };
  }

  async sessions(userId: string): Promise<readonly ExportedSession[]> {
    const found = await rows<{
      id: string;
      created_at: Date;
      last_used_at: Date;
      expires_at: Date;
      revoked_at: Date | null;
      user_agent: string | null;
    }>(
      this.#database,
      `select id, created_at, coalesce(last_used_at, created_at) as last_used_at, expires_at, revoked_at, user_agent
       from login_sessions where user_id = ? order by id`,
      [userId],
    );
    return found.map((row) => ({
      id: row.id,
      createdAt: row.created_at.toISOString(),
      lastUsedAt: row.last_used_at.toISOString(),
      expiresAt: row.expires_at.toISOString(),
      revokedAt: row.revoked_at?.toISOString() ?? null,
      userAgent: row.user_agent,
    }));
  }

  async conversationIds(userId: string): Promise<readonly string[]> {
    const found = await rows<{ id: string }>(
      this.#database,
      'select id from conversations where user_id = ? order by id',
      [userId],
    );
    return found.map(({ id }) => id);
  }

  async conversation(userId: string, id: string): Promise<ExportedConversation | undefined> {
    const [row] = await rows<{
      id: string;
      title: string | null;
      client_name: string | null;
      created_at: Date;
      updated_at: Date;
      pinned: boolean;
      archived: boolean;
    }>(
      this.#database,
      `select id, title, client_name, created_at, updated_at, pinned, archived
       from conversations where id = ? and user_id = ?`,
      [id, userId],
    );
    if (!row) return undefined;
    const { title } = await openTitle(this.#cipher, row);
    return {
      id: row.id,
      title,
      clientName: row.client_name,
      createdAt: row.created_at.toISOString(),
      updatedAt: row.updated_at.toISOString(),
      ...(row.pinned && { pinned: true }),
      ...(row.archived && { archived: true }),
    };
  }

  async messages(userId: string, id: string, after?: MessageKey): Promise<readonly StoredMessage[]> {
    const { seq, role } = after ?? { seq: 0, role: '' };
    const found = await rows<MessageRowWithAttempts>(
      this.#database,
      `with next as (
         select n.id, n.seq, n.role, octet_length(n.content) as bytes
         from messages n join conversations c on c.id = n.conversation_id
         where n.conversation_id = ? and c.user_id = ? and n.seq >= ? and (n.seq > ? or n.role < ?)
         order by n.seq, n.role desc limit ${MESSAGES}
       ), page as (
         select id, sum(bytes) over (order by seq, role desc) - bytes as bytes_before from next
       )
       select ${MESSAGE_COLUMNS}, m.content, ${ATTEMPTS_COLUMN}
       from page join ${MESSAGES_WITH_GENERATIONS} on m.id = page.id
       where page.bytes_before < ${PAGE_BYTES}
       order by m.seq, m.role desc`,
      [id, userId, seq, seq, role],
    );
    const opened = await openMessages(this.#cipher, found);
    return opened.map((row) => toStoredMessage(row, this.#model));
  }

  async requests(userId: string, id: string, after = ''): Promise<readonly ExportedRequest[]> {
    const found = await rows<{ client_message_id: string; turns: string; fields: string }>(
      this.#database,
      `select r.client_message_id, r.turns, r.fields
       from dialect_requests r join conversations c on c.id = r.conversation_id
       where r.conversation_id = ? and c.user_id = ? and r.client_message_id > ?
       order by r.client_message_id limit ${REQUESTS}`,
      [id, userId, after],
    );
    const open = (column: 'turns' | 'fields', key: string, stored: string): Promise<string> =>
      this.#cipher.open(placeOf.request(column, id, key), stored);
    return Promise.all(
      found.map(async (row) => ({
        ...row,
        turns: JSON.parse(await open('turns', row.client_message_id, row.turns)),
        fields: JSON.parse(await open('fields', row.client_message_id, row.fields)),
      })),
    );
  }

  async attachments(userId: string): Promise<readonly ExportedAttachment[]> {
    const found = await rows<{ attachment: Attachment; message_id: string | null; created_at: Date }>(
      this.#database,
      `select ${ATTACHMENT_JSON} as attachment, a.message_id, a.created_at
       from attachments a
         left join messages m on m.id = a.message_id left join conversations c on c.id = m.conversation_id
       where a.user_id = ? and (a.message_id is null or c.user_id = a.user_id)
       order by a.id`,
      [userId],
    );
    return Promise.all(
      found.map(async ({ attachment, message_id, created_at }) => ({
        ...(await openAttachment(this.#cipher, attachment)),
        messageId: message_id,
        createdAt: created_at.toISOString(),
      })),
    );
  }

  async audit(userId: string, after?: ExportedAuditEvent): Promise<readonly ExportedAuditEvent[]> {
    const [writer = '00000000-0000-0000-0000-000000000000', seq = '0'] = after?.id.split('.') ?? [];
    const found = await rows<Omit<ExportedAuditEvent, 'at'> & { readonly at: Date }>(
      this.#database,
      `select writer || '.' || seq as id, at, operation, outcome, conversation_id as "conversationId",
         message_id as "messageId", address
       from audit_events where user_id = ? and (at, writer, seq) > (?, ?, ?)
       order by at, writer, seq limit ${AUDIT_EVENTS}`,
      [userId, after?.at ?? '-infinity', writer, seq],
    );
    return found.map((event) => ({ ...event, at: event.at.toISOString() }));
  }

  content(attachmentId: string): AsyncIterable<Buffer> {
    return this.#attachments.read(attachmentId);
  }
}
