import type { Knex } from 'knex';
import { rows } from './rows.js';

/** Texts that one statement goes through. Each takes about a millisecond. */
const BATCH = 500;

const MESSAGES = `
  insert into message_words (message_id, user_id, words)
  select m.id, c.user_id, message_search_words(c.user_id, m.role, m.content)
  from messages m join conversations c on c.id = m.conversation_id
  where m.id in (select id from batch) and c.user_id is not null and not c.ephemeral and m.content <> ''
  on conflict do nothing`;

const TITLES = `
  insert into title_words (conversation_id, user_id, words)
  select id, user_id, case when not is_sealed(title) then search_words(user_id, title) end
  from conversations
  where id in (select id from batch) and user_id is not null and not ephemeral and title is not null
  on conflict do nothing`;

/** The texts that were there before migration 022, whose words are not found yet. Triggers keep those of newer ones. */
export class PostgresSearchBacklog {
  readonly #database: Knex;

  constructor(database: Knex) {
    this.#database = database;
  }

  /** Whether there are any, also such as another worker goes through now. */
  async exists(): Promise<boolean> {
    const [found] = await rows<{ exists: boolean }>(
      this.#database,
      'select exists (select from search_backlog)',
      [],
    );
    return found?.exists ?? false;
  }

  /**
   * Indexes some of them. Resolves with whether there are more that no other worker goes through.
   * @throws when a text is deleted meanwhile, among others; then nothing was stored, and the next call does it again
   */
  async indexSome(): Promise<boolean> {
    return (
      (await this.#index('messages', 'messages', MESSAGES)) || this.#index('titles', 'conversations', TITLES)
    );
  }

  async #index(texts: string, table: string, insert: string): Promise<boolean> {
    const [found] = await rows<{ more: boolean }>(
      this.#database,
      `with backlog as materialized (
         select after from search_backlog where texts = ? for update skip locked
       ), batch as materialized (
         select t.id from ${table} t, backlog where t.id > backlog.after order by t.id limit ${BATCH}
       ), indexed as (${insert}),
       last as (select id from batch order by id desc limit 1),
       moved as (update search_backlog set after = last.id from last where texts = ?),
       finished as (
         delete from search_backlog
         where texts = ? and exists (select from backlog) and not exists (select from batch)
       )
       select exists (select from batch) as more`,
      [texts, texts, texts],
    );
    return found?.more ?? false;
  }
}
