import type { Knex } from 'knex';
import type {
  Accepted,
  AcceptRequest,
  ConversationChange,
  ConversationKey,
  ConversationProgress,
  ConversationState,
  ConversationStore,
  History,
  MessageKey,
  StopRequested,
  StoredMessage,
} from '../../conversation/conversation-store.js';
import type { GenerationRef } from '../../generation/generation-log.js';
import { AppError } from '../../kernel/errors.js';
import { KeyedMutex } from '../../kernel/keyed-mutex.js';
import type { Conversation } from '../../protocol/conversation.js';
import { type Cipher, noCipher } from '../encryption/cipher.js';
import { placeOf } from '../encryption/place-of.js';
import { acceptMessage } from './acceptance.js';
import { conversationState } from './conversation-state.js';
import { disown } from './deletion.js';
import {
  ATTEMPTS_COLUMN,
  MESSAGE_COLUMNS,
  MESSAGES_WITH_GENERATIONS,
  type MessageRowWithAttempts,
  toStoredMessage,
} from './message-row.js';
import { openMessages, openTitle } from './open-rows.js';
import { mayHaveCommitted, rows } from './rows.js';

/** Before the newest conversation that there can be. */
const FIRST_KEY: ConversationKey = {
  updatedAt: 'infinity',
  id: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
};

interface ConversationRow {
  readonly id: string;
  readonly user_id: string;
  readonly title: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly pinned: boolean;
  readonly archived: boolean;
}

/**
 * A page of messages has at most so many bytes of text, unless one message alone has more. Without this a page of 100 could
 * have 100 MB, and each client that asks for it and does not read it would keep that in memory for a minute.
 */
const MAX_PAGE_BYTES = 4_194_304;

/** Conversations and messages in Postgres. Ids that are no UUID are of nothing that exists. */
export class PostgresConversationStore implements ConversationStore {
  readonly #database: Knex;
  readonly #newId: () => string;
  readonly #logSeconds: number;
  readonly #model: string;
  readonly #cipher: Cipher;
  /** Of conversations. */
  readonly #turns = new KeyedMutex();

  /**
   * @param logSeconds how long after its end an answer's log may still be there
   * @param model the deployment's, named as the author of what no model has begun
   * @param cipher how text is stored; as it is when absent
   */
  constructor(
    database: Knex,
    newId: () => string,
    logSeconds: number,
    model: string,
    cipher: Cipher = noCipher,
  ) {
    this.#database = database;
    this.#newId = newId;
    this.#logSeconds = logSeconds;
    this.#model = model;
    this.#cipher = cipher;
  }

  async create(userId: string, title: string | null): Promise<Conversation> {
    const id = this.#newId();
    const [row] = await this.#database<ConversationRow>('conversations')
      .insert({ id, user_id: userId, title: await this.#sealTitle(userId, id, title) })
      .returning('*');
    return this.#toConversation(row as ConversationRow);
  }

  async list(
    userId: string,
    limit: number,
    before?: ConversationKey,
    archived = false,
  ): Promise<readonly Conversation[]> {
    const key = before ?? { ...FIRST_KEY, pinned: true };
    // A page after an unpinned conversation has no pinned ones.
    const pinned = key.pinned ? await this.#part(userId, limit, key, true, archived) : [];
    const rest = limit - pinned.length;
    const others =
      rest > 0 ? await this.#part(userId, rest, key.pinned ? FIRST_KEY : key, false, archived) : [];
    return Promise.all([...pinned, ...others].map((row) => this.#toConversation(row)));
  }

  /** Each part has an index of its own, and a user has few pinned ones. */
  #part(
    userId: string,
    limit: number,
    { updatedAt, id }: ConversationKey,
    pinned: boolean,
    archived: boolean,
  ): Promise<ConversationRow[]> {
    return rows<ConversationRow>(
      this.#database,
      // Without one that was made for a first message that was then refused.
      `select * from conversations
       where user_id = ? and ${pinned ? '' : 'not '}pinned and ${archived ? '' : 'not '}archived
         and (client_name is null or last_seq > 0) and not ephemeral
         and (updated_at, id) < (?::timestamptz, ?::uuid)
       order by updated_at desc, id desc limit ?`,
      [userId, updatedAt, id, limit],
    );
  }

  async find(userId: string, id: string): Promise<Conversation | undefined> {
    const row = await this.#database<ConversationRow>('conversations').where({ id, user_id: userId }).first();
    return row && this.#toConversation(row);
  }

  async newest(userId: string, limit: number): Promise<readonly ConversationProgress[]> {
    const found = await rows<{ id: string; last_seq: number; open: number | null }>(
      this.#database,
      `select id, last_seq,
         (select min(seq) from generations g where g.conversation_id = c.id and g.ended_at is null) as open
       from conversations c where user_id = ? and not ephemeral
       order by updated_at desc, id desc limit ?`,
      [userId, limit],
    );
    return found.map(({ id, last_seq: last, open }) => ({ id, last, ...(open !== null && { open }) }));
  }

  async change(
    userId: string,
    id: string,
    { title, pinned, archived }: ConversationChange,
  ): Promise<Conversation | undefined> {
    const [row] = await this.#database<ConversationRow>('conversations')
      .where({ id, user_id: userId })
      .update({
        ...(title !== undefined && { title: await this.#sealTitle(userId, id, title) }),
        ...(pinned !== undefined && { pinned }),
        ...(archived !== undefined && { archived }),
      })
      .returning('*');
    return row && this.#toConversation(row);
  }

  remove(userId: string, id: string): Promise<readonly GenerationRef[] | undefined> {
    return this.#database.transaction(async (transaction) => {
      const locked = await transaction('conversations')
        .where({ id, user_id: userId })
        .forUpdate()
        .first('id');
      return locked && disown(transaction, [id], this.#logSeconds);
    });
  }

  history(userId: string, id: string, limit: number, before?: MessageKey): Promise<History | undefined> {
    // One snapshot, so that the cursor stands exactly where the messages end.
    return this.#database.transaction(
      async (transaction) => {
        const state = await conversationState(transaction, this.#cipher, userId, id);
        if (!state) return undefined;
        const { seq, role } = before ?? { seq: state.last, role: '' };
        const found = await rows<MessageRowWithAttempts>(
          transaction,
          `select ${MESSAGE_COLUMNS}, m.content, ${ATTEMPTS_COLUMN} from ${MESSAGES_WITH_GENERATIONS}
           where m.conversation_id = ? and m.seq <= ? and g.seq <= ? and (m.seq < ? or m.role > ?)
           order by m.seq desc, m.role asc limit ?`,
          [id, seq, seq, seq, role, limit + 1],
        );
        const opened = await openMessages(this.#cipher, withinBytes(found.slice(0, limit)));
        const messages = opened.map((row) => toStoredMessage(row, this.#model)).toReversed();
        return { messages, more: found.length > messages.length, state };
      },
      { isolationLevel: 'repeatable read', readOnly: true },
    );
  }

  async message(userId: string, id: string, messageId: string): Promise<StoredMessage | undefined> {
    const [row] = await rows<MessageRowWithAttempts>(
      this.#database,
      `select ${MESSAGE_COLUMNS}, m.content, ${ATTEMPTS_COLUMN}
       from ${MESSAGES_WITH_GENERATIONS} join conversations c on c.id = m.conversation_id
       where m.id = ? and c.id = ? and c.user_id = ?`,
      [messageId, id, userId],
    );
    if (!row) return undefined;
    const [opened] = await openMessages(this.#cipher, [row]);
    return opened && toStoredMessage(opened, this.#model);
  }

  state(userId: string, id: string, seq?: number, position?: number): Promise<ConversationState | undefined> {
    return conversationState(this.#database, this.#cipher, userId, id, seq, position);
  }

  async accept(request: AcceptRequest): Promise<Accepted> {
    const ids = { question: this.#newId(), answer: this.#newId() };
    // In turns, or those who wait for one conversation's row would hold all connections.
    const accept = () =>
      this.#turns.run(request.conversationId, () =>
        acceptMessage(this.#database, request, ids, this.#model, this.#cipher),
      );
    try {
      return await accept();
    } catch (error) {
      if (!mayHaveCommitted(error)) throw error;
      // The reply was lost, and a 503 would say that nothing was stored. The same ids again tell.
      return accept().catch((cause: unknown) => {
        throw new AppError('internal', 'it is not known whether the message was stored', { cause });
      });
    }
  }

  async requestStop(userId: string, id: string, messageId?: string): Promise<StopRequested | undefined> {
    const state = await this.state(userId, id);
    const target = messageId ?? state?.open?.ref.messageId;
    if (!state || target === undefined) return undefined;
    await this.#database('generations')
      .where({ id: target, conversation_id: id, ended_at: null, stop_requested_at: null })
      .update({ stop_requested_at: this.#database.fn.now() });
    const answer = await this.message(userId, id, target);
    if (answer?.message.role !== 'assistant') return undefined;
    return { answer, ref: { conversationId: id, messageId: target, seq: answer.key.seq } };
  }

  async #sealTitle(userId: string, id: string, title: string | null): Promise<string | null> {
    return title === null ? null : this.#cipher.seal({ userId }, placeOf.title(id), title);
  }

  async #toConversation(row: ConversationRow): Promise<Conversation> {
    return toConversation(await openTitle(this.#cipher, row));
  }
}

/** The first rows that have at most `MAX_PAGE_BYTES` of text together, and one at least. */
function withinBytes<Row extends { readonly content: string }>(found: readonly Row[]): readonly Row[] {
  let bytes = 0;
  const tooMany = found.findIndex(({ content }, index) => {
    bytes += Buffer.byteLength(content);
    return index > 0 && bytes > MAX_PAGE_BYTES;
  });
  return tooMany < 0 ? found : found.slice(0, tooMany);
}

function toConversation(row: ConversationRow): Conversation {
  return {
    id: row.id,
    title: row.title,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    ...(row.pinned && { pinned: true }),
    ...(row.archived && { archived: true }),
  };
}
