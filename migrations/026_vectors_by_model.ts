import type { Knex } from 'knex';

/**
 * The vectors of passages, by model. With one vector to a passage, workers with different models, as there are while `EMBED_MODEL` is
 * being changed, would take each other's vectors away in turn, without end. No release has used the columns that go.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table knowledge_vectors (
      passage_id uuid not null references knowledge_passages (id) on delete cascade,
      model text not null,
      vector bytea not null,
      primary key (passage_id, model)
    );
    insert into knowledge_vectors (passage_id, model, vector)
      select id, vector_model, vector from knowledge_passages where vector is not null;
    alter table knowledge_passages drop column vector, drop column vector_model;
  `);
}

/** Without the vectors: workers embed the passages again. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table knowledge_vectors;
    alter table knowledge_passages add column vector bytea, add column vector_model text;
  `);
}
