import type { Knex } from 'knex';
import type {
  DialectAnswer,
  DialectRequest,
  DialectRequestStore,
  RequestFile,
} from '../../conversation/dialect-requests.js';
import type { GenerationRef } from '../../generation/generation-log.js';
import { encodeGivenTurns, withGivenTurns } from '../../generation/given-turns.js';
import type { Turn } from '../../generation/provider.js';
import { type Cipher, noCipher } from '../encryption/cipher.js';
import { placeOf } from '../encryption/place-of.js';
import { MESSAGE_COLUMNS, MESSAGES_WITH_GENERATIONS, type MessageRow, toMessage } from './message-row.js';
import { openMessages, openTurns, type StoredTurnRow } from './open-rows.js';
import { rows } from './rows.js';

type Column = Parameters<typeof placeOf.request>[0];

/** The request `r` of the generation `g`. */
const REQUEST = 'r.conversation_id = g.conversation_id and r.client_message_id = g.client_message_id';

/** More turns than any model's window has room for. */
const LONGEST_HISTORY = 500;

/** Requests of other protocols, in Postgres. */
export class PostgresDialectRequestStore<Fields> implements DialectRequestStore<Fields> {
  readonly #database: Knex;
  readonly #model: string;
  readonly #cipher: Cipher;

  /**
   * @param model the deployment's, named as the author of what no model has begun
   * @param cipher how text is stored; as it is when absent
   */
  constructor(database: Knex, model: string, cipher: Cipher = noCipher) {
    this.#database = database;
    this.#model = model;
    this.#cipher = cipher;
  }

  async keep(
    conversationId: string,
    clientMessageId: string,
    request: DialectRequest<Fields>,
  ): Promise<readonly RequestFile[] | undefined> {
    const turns = encodeGivenTurns(request.turns);
    await rows(
      this.#database,
      `insert into dialect_requests (conversation_id, client_message_id, turns, fields, files)
       values (?, ?, ?, ?, ?) on conflict do nothing`,
      [
        conversationId,
        clientMessageId,
        await this.#seal('turns', conversationId, clientMessageId, turns),
        await this.#seal('fields', conversationId, clientMessageId, JSON.stringify(request.fields)),
        await this.#seal('files', conversationId, clientMessageId, JSON.stringify(request.files)),
      ],
    );
    const kept = await this.#kept(conversationId, clientMessageId);
    if (kept?.turns !== turns || digestsOf(kept.files) !== digestsOf(request.files)) return undefined;
    return kept.files;
  }

  async filesOf(
    conversationId: string,
    clientMessageId: string,
  ): Promise<readonly RequestFile[] | undefined> {
    return (await this.#kept(conversationId, clientMessageId))?.files;
  }

  async #kept(
    conversationId: string,
    clientMessageId: string,
  ): Promise<{ turns: string; files: readonly RequestFile[] } | undefined> {
    const [row] = await rows<{ turns: string; files: string }>(
      this.#database,
      'select turns, files from dialect_requests where conversation_id = ? and client_message_id = ?',
      [conversationId, clientMessageId],
    );
    if (!row) return undefined;
    const [turns, files] = await Promise.all([
      this.#open('turns', conversationId, clientMessageId, row.turns),
      this.#open('files', conversationId, clientMessageId, row.files),
    ]);
    return { turns, files: JSON.parse(files) as RequestFile[] };
  }

  async find(userId: string, messageId: string): Promise<DialectAnswer<Fields> | undefined> {
    const [row] = await rows<MessageRow & { fields: string }>(
      this.#database,
      `select ${MESSAGE_COLUMNS}, m.content, r.fields
       from ${MESSAGES_WITH_GENERATIONS} join conversations c on c.id = m.conversation_id
         join dialect_requests r on ${REQUEST}
       where m.id = ? and g.id = m.id and c.user_id = ? and r.deleted_at is null`,
      [messageId, userId],
    );
    if (!row) return undefined;
    const { conversation_id: conversationId, client_message_id: key } = row;
    const [opened] = await openMessages(this.#cipher, [row]);
    const fields = await this.#open('fields', conversationId, key, row.fields);
    const ref = { conversationId, messageId: row.id, seq: row.seq };
    return { ref, message: toMessage(opened ?? row, this.#model), fields: JSON.parse(fields) as Fields };
  }

  async turnsUpTo({ conversationId, messageId, seq }: GenerationRef): Promise<readonly Turn[]> {
    const found = await rows<StoredTurnRow>(
      this.#database,
      `with questions as (
         select id, seq from messages where conversation_id = ? and role = 'user' and seq <= ?
         order by seq desc limit ${LONGEST_HISTORY}
       ), turns as (
         select q.id, q.seq, 0 as place from questions q
         union all
         select a.id, q.seq, 1 from questions q cross join lateral (
           select m.id from messages m join generations g on g.id = m.id
           where m.reply_to = q.id and m.seq <= ? and g.bytes > 0
           order by m.id = ? desc, m.seq desc limit 1
         ) a
       )
       select m.id, m.role, m.content, g.client_message_id, r.turns as given
       from turns t join messages m on m.id = t.id
         left join generations g on t.place = 0 and g.conversation_id = m.conversation_id and g.seq = t.seq
         left join dialect_requests r on ${REQUEST}
       order by t.seq, t.place`,
      [conversationId, seq, seq, messageId],
    );
    return withGivenTurns(await openTurns(this.#cipher, conversationId, found));
  }

  async remove({ conversationId, messageId }: GenerationRef): Promise<{ last: boolean }> {
    await rows(
      this.#database,
      `update dialect_requests r set deleted_at = now() from generations g where g.id = ? and ${REQUEST}`,
      [messageId],
    );
    const others = await rows(
      this.#database,
      `select 1 from generations g where g.conversation_id = ?
         and not exists (select from dialect_requests r where ${REQUEST} and r.deleted_at is not null)
       limit 1`,
      [conversationId],
    );
    return { last: others.length === 0 };
  }

  #seal(column: Column, conversationId: string, key: string, text: string): Promise<string> {
    return this.#cipher.seal({ conversationId }, placeOf.request(column, conversationId, key), text);
  }

  #open(column: Column, conversationId: string, key: string, stored: string): Promise<string> {
    return this.#cipher.open(placeOf.request(column, conversationId, key), stored);
  }
}

function digestsOf(files: readonly RequestFile[]): string {
  return files.map(({ digest }) => digest).join();
}
