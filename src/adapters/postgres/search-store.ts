import { setImmediate } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { FoundText, FoundTexts, SearchRequest, SearchStore } from '../../conversation/search.js';
import type { SearchTerm } from '../../conversation/search-words.js';
import type { Conversation } from '../../protocol/conversation.js';
import type { Message } from '../../protocol/message.js';
import type { Cipher } from '../encryption/cipher.js';
import { placeOf } from '../encryption/place-of.js';
import { rows } from './rows.js';

interface TextRow {
  readonly id: string;
  readonly message_id: string | null;
  readonly role: Message['role'] | null;
  /** Null: the text was deleted meanwhile. */
  readonly content: string | null;
  readonly text_created_at: Date;
  readonly conversation_id: string;
  readonly title: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly pinned: boolean;
  readonly archived: boolean;
}

/** Characters of a text that are searched, as in `search_words`. */
const SEARCHED = 100_000;

/** Encrypted texts that one search reads, and how many of them at a time. A text may have a megabyte. */
const READ = 2000;
const BATCH = 200;
const BATCH_BYTES = 2_097_152;

const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** What is selected of the texts whose ids are in `page`. */
const TEXTS = (content: string): string => `
  select p.id, m.id as message_id, m.role, ${content} as content,
    coalesce(m.created_at, c.created_at) as text_created_at,
    c.id as conversation_id, c.title, c.created_at, c.updated_at, c.pinned, c.archived
  from page p left join messages m on m.id = p.id
    left join conversations c on c.id = coalesce(m.conversation_id, p.id) and c.user_id = ? and not c.ephemeral`;

const TEXT = 'case when c.id is not null then coalesce(m.content, c.title) end';

const QUERY = `to_tsquery('simple', replace(?, '@', search_tag(?::uuid)))`;

/** The newest messages are looked at first, one by one. A word that is in very many texts is in enough of these. */
const RECENT = 1000;

const RECENT_FOUND = `
  with recent as materialized (
    select message_id as id, words from message_words
    where user_id = ? and message_id < ?::uuid order by message_id desc limit ${RECENT}
  ), page as (
    select id from (
      select id from recent where words @@ ${QUERY}
      union all
      select conversation_id from title_words
      where words @@ ${QUERY} and user_id = ? and conversation_id < ?::uuid
        and conversation_id > (select id from recent order by id limit 1)
    ) found order by id desc limit ?
  )
  ${TEXTS(`left(${TEXT}, ${SEARCHED})`)}
  order by p.id desc`;

/** The ids first, from the index: a plan that walks a user's texts in order and looks at each would read them all for a rare word. */
const FOUND = `
  with found as materialized (
    select message_id as id, user_id from message_words
    where words @@ ${QUERY}
    union all
    select conversation_id, user_id from title_words
    where words @@ ${QUERY}
  ), page as (select id from found where user_id = ? and id < ?::uuid order by id desc limit ?)
  ${TEXTS(`left(${TEXT}, ${SEARCHED})`)}
  order by p.id desc`;

const NEWEST = `
  with page as (
    (select message_id as id from message_words where user_id = ? and message_id < ?::uuid
     order by message_id desc limit ${BATCH})
    union all
    (select conversation_id from title_words where user_id = ? and conversation_id < ?::uuid
     order by conversation_id desc limit ${BATCH})
    order by id desc limit ${BATCH}
  ), texts as (${TEXTS(TEXT)})
  select * from (
    select *, sum(coalesce(octet_length(content), 0)) over (order by id desc rows unbounded preceding exclude current row) as before
    from texts
  ) counted where coalesce(before, 0) < ${BATCH_BYTES}
  order by id desc`;

/**
 * Searches the words that migration 022 keeps. With encryption there are none: then it decrypts the newest texts and looks into
 * them, so many for each page that nobody else waits (docs/decisions/041-search.md).
 */
export class PostgresSearchStore implements SearchStore {
  readonly #database: Knex;
  readonly #cipher: Cipher;

  constructor(database: Knex, cipher: Cipher) {
    this.#database = database;
    this.#cipher = cipher;
  }

  search(request: SearchRequest): Promise<FoundTexts> {
    return this.#cipher.encrypts ? this.#read(request) : this.#lookUp(request);
  }

  async #lookUp({ userId, terms, limit, before = LAST_ID }: SearchRequest): Promise<FoundTexts> {
    const query = [tsqueryOf(terms), userId];
    const wanted = limit + 1;
    const recent = [userId, before, ...query, ...query, userId, before, wanted, userId];
    let page = await rows<TextRow>(this.#database, RECENT_FOUND, recent);
    if (page.length < wanted) {
      page = await rows<TextRow>(this.#database, FOUND, [...query, ...query, userId, before, wanted, userId]);
    }
    const found = await this.#open(page.slice(0, limit));
    const last = page[limit - 1];
    return { found, ...(page.length > limit && last && { next: last.id }) };
  }

  async #read({ userId, limit, before = LAST_ID, matches }: SearchRequest): Promise<FoundTexts> {
    const found: FoundText[] = [];
    let next = before;
    for (let read = 0; read < READ; ) {
      const page = await rows<TextRow>(this.#database, NEWEST, [userId, next, userId, next, userId]);
      for (const row of page) {
        const text = await this.#openText(row);
        next = row.id;
        // A long text takes some milliseconds, and others are served between two of them.
        await setImmediate();
        if (!text || !matches(text)) continue;
        found.push(text);
        if (found.length === limit) return { found, next };
      }
      if (page.length === 0) return { found };
      read += page.length;
    }
    return { found, next };
  }

  async #open(page: readonly TextRow[]): Promise<FoundText[]> {
    const opened = await Promise.all(page.map((row) => this.#openText(row)));
    return opened.filter((text) => text !== undefined);
  }

  async #openText(row: TextRow): Promise<FoundText | undefined> {
    const { content: stored, message_id: messageId, role, conversation_id: id } = row;
    if (stored === null) return undefined;
    const title = row.title === null ? null : await this.#cipher.open(placeOf.title(id), row.title);
    const content =
      messageId === null ? (title ?? '') : await this.#cipher.open(placeOf.message(messageId), stored);
    const createdAt = row.created_at.toISOString();
    const conversation: Conversation = {
      id,
      title,
      createdAt,
      updatedAt: row.updated_at.toISOString(),
      ...(row.pinned && { pinned: true }),
      ...(row.archived && { archived: true }),
    };
    return { messageId, role, createdAt: row.text_created_at.toISOString(), content, conversation };
  }
}

/** `@` stands for the user's tag. Words have no quotes and no `@`: both separate words. */
function tsqueryOf(terms: readonly SearchTerm[]): string {
  const quoted = terms.map((term) => term.map((word) => `'@${word}'`).join(' <-> '));
  const all = quoted.map((term) => `(${term})`).join(' & ');
  return all.replace(/'\)$/, `':*)`);
}
