import type { Knex } from 'knex';
import type {
  DialectAnswer,
  DialectRequest,
  DialectRequestStore,
  RequestFile,
} from '../../conversation/dialect-requests.js';
import type { GenerationRef } from '../../generation/generation-log.js';
import { encodeGivenTurns, type TurnRow, withGivenTurns } from '../../generation/given-turns.js';
import type { Turn } from '../../generation/provider.js';
import { MESSAGE_COLUMNS, MESSAGES_WITH_GENERATIONS, type MessageRow, toMessage } from './message-row.js';
import { rows } from './rows.js';

/** The request `r` of the generation `g`. */
const REQUEST = 'r.conversation_id = g.conversation_id and r.client_message_id = g.client_message_id';

/** More turns than any model's window has room for. */
const LONGEST_HISTORY = 500;

/** Requests of other protocols, in Postgres. */
export class PostgresDialectRequestStore<Fields> implements DialectRequestStore<Fields> {
  readonly #database: Knex;
  readonly #model: string;

  /** @param model the deployment's, named as the author of what no model has begun */
  constructor(database: Knex, model: string) {
    this.#database = database;
    this.#model = model;
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
      [conversationId, clientMessageId, turns, JSON.stringify(request.fields), JSON.stringify(request.files)],
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
    return row && { turns: row.turns, files: JSON.parse(row.files) as RequestFile[] };
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
    const ref = { conversationId: row.conversation_id, messageId: row.id, seq: row.seq };
    return { ref, message: toMessage(row, this.#model), fields: JSON.parse(row.fields) as Fields };
  }

  async turnsUpTo({ conversationId, messageId, seq }: GenerationRef): Promise<readonly Turn[]> {
    const found = await rows<TurnRow>(
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
       select m.role, m.content as text, r.turns as given
       from turns t join messages m on m.id = t.id
         left join generations g on t.place = 0 and g.conversation_id = m.conversation_id and g.seq = t.seq
         left join dialect_requests r on ${REQUEST}
       order by t.seq, t.place`,
      [conversationId, seq, seq, messageId],
    );
    return withGivenTurns(found);
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
}

function digestsOf(files: readonly RequestFile[]): string {
  return files.map(({ digest }) => digest).join();
}
