import type { Knex } from 'knex';

/**
 * Documents that answers rest on, and their passages.
 *
 * A passage without a vector of the model in use is a job of the queue of ingestion. Vectors are kept by model: otherwise workers
 * with different models, as there are while `EMBED_MODEL` is being changed, would take each other's away in turn. They are
 * `real`s in little-endian order. `knowledge_revision` grows whenever what can be found changes, so that processes know when
 * the vectors in their memory are old.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table knowledge_documents (
      id uuid primary key,
      name text not null,
      version integer not null,
      title text not null,
      url text,
      language text not null,
      curated_by text not null,
      review_by date,
      hash bytea not null,
      state text not null default 'waiting' check (state in ('waiting', 'ready', 'replaced')),
      problem text,
      lease_until timestamptz,
      created_at timestamptz(3) not null default now(),
      unique (name, version)
    );
    create unique index knowledge_documents_in_use on knowledge_documents (name) where state = 'ready';

    create table knowledge_passages (
      id uuid primary key,
      document_id uuid not null references knowledge_documents (id) on delete cascade,
      position integer not null,
      heading text not null,
      content text not null,
      words tsvector not null,
      unique (document_id, position)
    );
    create index knowledge_passages_by_word on knowledge_passages using gin (words);

    create table knowledge_vectors (
      passage_id uuid not null references knowledge_passages (id) on delete cascade,
      model text not null,
      vector bytea not null,
      primary key (passage_id, model)
    );

    create table knowledge_revision (
      only_row boolean primary key default true check (only_row),
      revision bigint not null
    );
    insert into knowledge_revision (revision) values (0);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table knowledge_revision;
    drop table knowledge_vectors;
    drop table knowledge_passages;
    drop table knowledge_documents;
  `);
}
