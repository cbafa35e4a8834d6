import type { Knex } from 'knex';
import type { Passage, WordSearch } from '../../knowledge/passage-search.js';
import { rows } from './rows.js';
import { textSearchConfig } from './text-search-config.js';

/** The documents `d` that answers may rest on. */
export const IN_USE = `d.state = 'ready' and (d.review_by is null or d.review_by >= current_date)`;

/**
 * Words of a question that are searched for. Each costs time in proportion to the passages that have it, and a question may have
 * thousands. The longest are kept: they are mostly the rare ones.
 */
const MOST_WORDS = 24;

interface PassageRow {
  readonly id: string;
  readonly title: string;
  readonly url: string | null;
  readonly heading: string;
  readonly content: string;
}

/** PostgreSQL's full-text search over passages, and the passages themselves. */
export class PostgresWordSearch implements WordSearch {
  readonly #database: Knex;

  constructor(database: Knex) {
    this.#database = database;
  }

  /** A passage needs one of the words, not all: people ask in whole sentences. */
  async matching(question: string, limit: number): Promise<readonly string[]> {
    const languages = await rows<{ language: string }>(
      this.#database,
      `select distinct language from knowledge_documents d where ${IN_USE}`,
      [],
    );
    const configs = [...new Set(languages.map(({ language }) => textSearchConfig(language)))];
    // Documents of a language are searched by its stems: "infections" finds "infection" in English ones. Materialized, or the
    // question would be taken apart again for each passage.
    const found = await rows<{ id: string }>(
      this.#database,
      `with asked as materialized (
         select config, (
           select string_agg(quote_literal(lexeme), ' | ')::tsquery
           from (
             select lexeme from unnest(to_tsvector(config, ?)) order by length(lexeme) desc, lexeme limit ${MOST_WORDS}
           ) longest
         ) as query
         from unnest(?::regconfig[]) as config
       )
       select p.id from asked
         join knowledge_documents d on d.language = any(
           select l.language from unnest(?::text[], ?::regconfig[]) as l (language, config) where l.config = asked.config
         ) and ${IN_USE}
         join knowledge_passages p on p.document_id = d.id and p.words @@ asked.query
       order by ts_rank_cd(p.words, asked.query, 1) desc, p.id limit ?`,
      [
        question,
        configs,
        languages.map(({ language }) => language),
        languages.map(({ language }) => textSearchConfig(language)),
        limit,
      ],
    );
    return found.map(({ id }) => id);
  }

  async passages(ids: readonly string[]): Promise<readonly Passage[]> {
    const found = await rows<PassageRow>(
      this.#database,
      `select p.id, d.title, d.url, p.heading, p.content
       from unnest(?::uuid[]) with ordinality as wanted (id, place)
         join knowledge_passages p on p.id = wanted.id
         join knowledge_documents d on d.id = p.document_id and ${IN_USE}
       order by wanted.place`,
      [[...ids]],
    );
    return found.map(({ url, ...passage }) => ({ ...passage, ...(url !== null && { url }) }));
  }

  async any(): Promise<boolean> {
    const [found] = await rows<{ any: boolean }>(
      this.#database,
      `select exists (select from knowledge_documents d where ${IN_USE}) as any`,
      [],
    );
    return found?.any ?? false;
  }
}
