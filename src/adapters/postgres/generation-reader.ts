import type { Knex } from 'knex';
import type { AttemptStart } from '../../generation/attempts.js';
import { PAGE_BYTES } from '../../generation/generation-log.js';
import type {
  ConversationProgress,
  FoundGeneration,
  GenerationReader,
  PendingGeneration,
} from '../../generation/generation-reader.js';
import { wholeCharacters } from '../../generation/utf8.js';
import type { Message } from '../../protocol/message.js';
import {
  ATTEMPTS_COLUMN,
  MESSAGE_COLUMNS,
  MESSAGES_WITH_GENERATIONS,
  type MessageRow,
  toMessage,
} from './message-row.js';
import { rows } from './rows.js';

/** A user message or an answer, beside the generation that was looked for. */
interface FoundRow extends MessageRow {
  readonly generation_id: string | null;
  readonly generation_key: string;
  readonly attempts: readonly AttemptStart[];
  readonly stop_requested: boolean;
  readonly bytes: number | null;
}

interface GlanceRow {
  readonly id: string;
  readonly last_seq: number;
  readonly open_seq: number | null;
}

type Answer = (progress: Promise<ConversationProgress>) => void;

/** How long glances are gathered before they go as one query, in ms. */
const GATHER_MS = 50;

/** What readers see of generations, from Postgres. */
export class PostgresGenerationReader implements GenerationReader {
  readonly #database: Knex;
  readonly #gathered = new Map<string, Answer[]>();

  constructor(database: Knex) {
    this.#database = database;
  }

  async find(conversationId: string, seq: number): Promise<FoundGeneration> {
    const found = await rows<FoundRow>(
      this.#database,
      `select ${MESSAGE_COLUMNS},
         case when m.role = 'user' or w.bytes <= ${PAGE_BYTES} then m.content else '' end as content,
         w.id as generation_id, w.client_message_id as generation_key, w.attempts, w.stop_requested, w.bytes
       from conversations c
       left join (
         select g.*, a.reply_to, g.stop_requested_at is not null as stop_requested, ${ATTEMPTS_COLUMN}
         from generations g join messages a on a.id = g.id
       ) w on w.conversation_id = c.id and w.seq = ?
       left join (${MESSAGES_WITH_GENERATIONS}) on m.id in (w.id, w.reply_to)
       where c.id = ? and c.user_id is not null`,
      [seq, conversationId],
    );
    const [first] = found;
    if (!first) return { kind: 'gone' };
    const answer = found.find((row) => row.role === 'assistant');
    const question = found.find((row) => row.role === 'user');
    if (!answer || !question) return { kind: 'none' };
    return {
      kind: 'found',
      view: {
        ref: { conversationId, messageId: answer.id, seq },
        clientMessageId: answer.generation_key,
        userMessage: toMessage(question),
        attempts: answer.attempts,
        stopRequested: answer.stop_requested,
        ...(answer.bytes !== null && {
          ended: {
            bytes: answer.bytes,
            ...(answer.bytes <= PAGE_BYTES && { message: toMessage(answer) }),
          },
        }),
      },
    };
  }

  progress(conversationId: string): Promise<ConversationProgress> {
    if (this.#gathered.size === 0) setTimeout(() => this.#answerAll(), GATHER_MS);
    return new Promise((resolve) => {
      const answers = this.#gathered.get(conversationId) ?? [];
      this.#gathered.set(conversationId, [...answers, resolve]);
    });
  }

  async pending(conversationId: string): Promise<readonly PendingGeneration[]> {
    // Behind an answer of its own conversation a generation waits for that one; the first waits for a place at a worker.
    const found = await rows<{ id: string; running: boolean; ahead: number }>(
      this.#database,
      `with open as (
         select id, seq, status, created_at, min(seq) over () as first_seq
         from generations where conversation_id = ? and ended_at is null order by seq limit 20
       )
       select id, status = 'streaming' as running,
         case
           when status = 'streaming' then 0
           when seq > first_seq then seq - first_seq
           else (select count(*)::integer from (
             select 1 from generations o where o.ended_at is null and o.created_at < open.created_at limit 1000
           ) earlier)
         end as ahead
       from open order by seq`,
      [conversationId],
    );
    return found.map(({ id, running, ahead }) => ({ messageId: id, running, ahead }));
  }

  async page(messageId: string, position: number): Promise<string> {
    const [row] = await rows<{ page: Buffer }>(
      this.#database,
      `select substring(convert_to(content, 'UTF8') from ?::integer for ?::integer) as page
       from messages m where id = ?
         and exists (select from conversations c where c.id = m.conversation_id and c.user_id is not null)`,
      [position + 1, PAGE_BYTES, messageId],
    );
    return row ? wholeCharacters(row.page).toString() : '';
  }

  async message(messageId: string): Promise<Message | undefined> {
    const [row] = await rows<MessageRow>(
      this.#database,
      `select ${MESSAGE_COLUMNS}, m.content from ${MESSAGES_WITH_GENERATIONS} where m.id = ?
         and exists (select from conversations c where c.id = m.conversation_id and c.user_id is not null)`,
      [messageId],
    );
    return row && toMessage(row);
  }

  #answerAll(): void {
    const gathered = new Map(this.#gathered);
    this.#gathered.clear();
    const glances = this.#glances([...gathered.keys()]);
    for (const [id, answers] of gathered) {
      const progress = glances.then((all) => all.get(id) ?? { kind: 'gone' as const });
      for (const answer of answers) answer(progress);
    }
  }

  async #glances(ids: string[]): Promise<Map<string, ConversationProgress>> {
    const found = await rows<GlanceRow>(
      this.#database,
      `select c.id, c.last_seq,
         (select min(g.seq) from generations g where g.conversation_id = c.id and g.ended_at is null) as open_seq
       from conversations c where c.id = any(?::uuid[]) and c.user_id is not null`,
      [ids],
    );
    return new Map(
      found.map(({ id, last_seq, open_seq }) => [
        id,
        { kind: 'there', last: last_seq, ...(open_seq !== null && { open: open_seq }) },
      ]),
    );
  }
}
