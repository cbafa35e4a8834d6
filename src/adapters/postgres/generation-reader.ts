import type { Knex } from 'knex';
import type { AttemptStart } from '../../generation/attempts.js';
import { PAGE_BYTES } from '../../generation/generation-log.js';
import type {
  ConversationProgress,
  FoundGeneration,
  GenerationReader,
  GenerationState,
  PendingGeneration,
} from '../../generation/generation-reader.js';
import { wholeCharacters } from '../../generation/utf8.js';
import type { Message } from '../../protocol/message.js';
import type { Source } from '../../protocol/source.js';
import { type Cipher, noCipher } from '../encryption/cipher.js';
import { placeOf } from '../encryption/place-of.js';
import { MARK } from '../encryption/stored-text.js';
import {
  ATTEMPTS_COLUMN,
  MESSAGE_COLUMNS,
  MESSAGES_WITH_GENERATIONS,
  type MessageRow,
  toMessage,
} from './message-row.js';
import { openMessages } from './open-rows.js';
import { rows } from './rows.js';

/** A user message or an answer, beside the generation that was looked for. */
interface FoundRow extends MessageRow {
  readonly generation_id: string | null;
  readonly generation_seq: number;
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

/** How many ended generations come as one page. */
const PAGE_GENERATIONS = 50;
/** Leaves room for a page in Postgres' `integer`. */
const LARGEST_SEQ = 2_000_000_000;

/** The wanted generations `w`, each with its answer and the message that is answered. */
const WANTED = `
  select g.*, a.reply_to, g.stop_requested_at is not null as stop_requested, ${ATTEMPTS_COLUMN}
  from generations g join messages a on a.id = g.id`;
const FOUND = `
  select ${MESSAGE_COLUMNS},
    case when m.role = 'user' or w.bytes <= ${PAGE_BYTES} then m.content else '' end as content,
    w.id as generation_id, w.seq as generation_seq, w.client_message_id as generation_key, w.attempts,
    w.stop_requested, w.bytes`;

/** What readers see of generations, from Postgres. */
export class PostgresGenerationReader implements GenerationReader {
  readonly #database: Knex;
  readonly #model: string;
  readonly #cipher: Cipher;
  readonly #gathered = new Map<string, Answer[]>();

  /**
   * @param model the deployment's, named as the author of what no model has begun
   * @param cipher how text is stored; as it is when absent
   */
  constructor(database: Knex, model: string, cipher: Cipher = noCipher) {
    this.#database = database;
    this.#model = model;
    this.#cipher = cipher;
  }

  async find(conversationId: string, seq: number): Promise<FoundGeneration> {
    const stored = await rows<FoundRow>(
      this.#database,
      `${FOUND} from conversations c
       left join (${WANTED} where g.conversation_id = ? and g.seq = ?) w on true
       left join (${MESSAGES_WITH_GENERATIONS}) on m.id in (w.id, w.reply_to)
       where c.id = ? and c.user_id is not null`,
      [conversationId, seq, conversationId],
    );
    if (stored.length === 0) return { kind: 'gone' };
    // Without a generation there is one row, without a message.
    const found = await openMessages(
      this.#cipher,
      stored.filter(({ id }) => id !== null),
    );
    const view = toState(found, this.#model);
    return view ? { kind: 'found', view } : { kind: 'none' };
  }

  async findEnded(conversationId: string, from: number): Promise<readonly GenerationState[]> {
    const stored = await rows<FoundRow>(
      this.#database,
      `${FOUND} from (
         select n.*, sum(n.bytes + octet_length(q.content)) over (order by n.seq) as sum_of_bytes
         from (${WANTED} where g.conversation_id = ? and g.seq >= ? and g.seq < ?) n
           join messages q on q.id = n.reply_to
         where n.bytes is not null
       ) w
       join conversations c on c.id = w.conversation_id and c.user_id is not null
       join (${MESSAGES_WITH_GENERATIONS}) on m.id in (w.id, w.reply_to)
       where w.sum_of_bytes <= ${PAGE_BYTES}`,
      [conversationId, from, Math.min(from, LARGEST_SEQ) + PAGE_GENERATIONS],
    );
    const found = await openMessages(this.#cipher, stored);
    const seqs = [...new Set(found.map((row) => row.generation_seq))].toSorted((one, other) => one - other);
    return seqs.flatMap(
      (seq) =>
        toState(
          found.filter((row) => row.generation_seq === seq),
          this.#model,
        ) ?? [],
    );
  }

  progress(conversationId: string): Promise<ConversationProgress> {
    if (this.#gathered.size === 0) setTimeout(() => this.#answerAll(), GATHER_MS);
    return new Promise((resolve) => {
      const answers = this.#gathered.get(conversationId) ?? [];
      this.#gathered.set(conversationId, [...answers, resolve]);
    });
  }

  async pending(conversationId: string): Promise<readonly PendingGeneration[]> {
    // The first open generation of a conversation waits for a worker's place. Each later one waits for the one before it.
    const found = await rows<{ id: string; seq: number; running: boolean; ahead: number }>(
      this.#database,
      `with open as (
         select id, seq, status, created_at, min(seq) over () as first_seq
         from generations where conversation_id = ? and ended_at is null order by seq limit 20
       )
       select id, seq, status = 'streaming' as running,
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
    return found.map(({ id, ...pending }) => ({ messageId: id, ...pending }));
  }

  async page(messageId: string, position: number): Promise<string> {
    const [row] = await rows<{ page: Buffer | null; marked: string | null }>(
      this.#database,
      `select
         case when left(content, 1) <> '${MARK}'
           then substring(convert_to(content, 'UTF8') from ?::integer for ?::integer) end as page,
         case when left(content, 1) = '${MARK}' then content end as marked
       from messages m where id = ?
         and exists (select from conversations c where c.id = m.conversation_id and c.user_id is not null)`,
      [position + 1, PAGE_BYTES, messageId],
    );
    if (!row) return '';
    return wholeCharacters(row.page ?? (await this.#pageOf(messageId, row.marked, position))).toString();
  }

  async message(messageId: string): Promise<Message | undefined> {
    const [row] = await rows<MessageRow>(
      this.#database,
      `select ${MESSAGE_COLUMNS}, m.content from ${MESSAGES_WITH_GENERATIONS} where m.id = ?
         and exists (select from conversations c where c.id = m.conversation_id and c.user_id is not null)`,
      [messageId],
    );
    if (!row) return undefined;
    const [opened] = await openMessages(this.#cipher, [row]);
    return opened && toMessage(opened, this.#model);
  }

  async #pageOf(messageId: string, marked: string | null, position: number): Promise<Buffer> {
    const content = Buffer.from(await this.#cipher.open(placeOf.message(messageId), marked ?? ''));
    return content.subarray(position, position + PAGE_BYTES);
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

/** From the rows of an answer and of the message that it answers. */
function toState(pair: readonly FoundRow[], model: string): GenerationState | undefined {
  const answer = pair.find((row) => row.role === 'assistant');
  const question = pair.find((row) => row.role === 'user');
  if (!answer || !question) return undefined;
  return {
    ref: { conversationId: answer.conversation_id, messageId: answer.id, seq: answer.generation_seq },
    clientMessageId: answer.generation_key,
    userMessage: toMessage(question, model),
    attempts: answer.attempts,
    ...(answer.alert && { alert: answer.alert }),
    ...(answer.sources !== null && { sources: JSON.parse(answer.sources) as Source[] }),
    stopRequested: answer.stop_requested,
    ...(answer.bytes !== null && {
      ended: {
        bytes: answer.bytes,
        ...(answer.bytes <= PAGE_BYTES && { message: toMessage(answer, model) }),
      },
    }),
  };
}
