import type { Knex } from 'knex';

/**
 * The model that a message asked for; null for the deployment's default. `model` is the one that answered. An answer that is made
 * anew has the model of the first. Without a model, messages are accepted by `accept_message` as before.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table generations add column requested_model text;

    create function accept_message_for_model(
      p_model text,
      p_conversation uuid,
      p_user uuid,
      p_key text,
      p_hash bytea,
      p_refusal text,
      p_question uuid,
      p_text text,
      p_title text,
      p_when_busy text,
      p_regenerated uuid,
      p_answer uuid,
      p_attachments uuid[],
      out kind text,
      out answer_id uuid,
      out question_id uuid,
      out answer_seq integer,
      out created timestamptz,
      out interrupted json
    ) language plpgsql as $$
    begin
      select * into kind, answer_id, question_id, answer_seq, created, interrupted
      from accept_message(
        p_conversation, p_user, p_key, p_hash, p_refusal, p_question, p_text, p_title, p_when_busy, p_regenerated,
        p_answer, p_attachments
      );
      if kind = 'accepted' then
        update generations
        set requested_model = coalesce(p_model, (select requested_model from generations where id = p_regenerated))
        where id = answer_id;
      end if;
    end $$;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop function accept_message_for_model(
      text, uuid, uuid, text, bytea, text, uuid, text, text, text, uuid, uuid, uuid[]
    );
    alter table generations drop column requested_model;
  `);
}
