import type { Knex } from 'knex';

/**
 * Accepting a message, and writing an answer's final row, as one statement each. Both take several steps under the lock of
 * the conversation's row. As functions they cost one round trip and one commit, and each step sees what was committed
 * while the function waited for the lock.
 *
 * `requested_model` is the model that a message asked for, null for the deployment's default; `model` is the one that
 * answered. An answer that is made anew has the model of the first.
 *
 * The release before this one does not call the functions: both releases can run side by side during an upgrade.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table generations add column requested_model text;

    create function accept_message(
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
      p_model text,
      out kind text,
      out answer_id uuid,
      out question_id uuid,
      out answer_seq integer,
      out created timestamptz,
      out interrupted json
    ) language plpgsql as $$
    declare
      last integer;
      known record;
      held uuid[];
    begin
      select last_seq into last from conversations where id = p_conversation and user_id = p_user for update;
      if not found then
        kind := 'not_found';
        return;
      end if;

      -- Before every reason to refuse: what was accepted once is never refused when it comes again.
      select id, seq, request_hash into known
      from generations where conversation_id = p_conversation and client_message_id = p_key;
      if found then
        kind := case when known.request_hash = p_hash then 'duplicate' else 'mismatch' end;
        answer_id := known.id;
        answer_seq := known.seq;
        return;
      end if;
      if p_refusal is not null then
        kind := p_refusal;
        return;
      end if;

      interrupted := '[]';
      if p_regenerated is not null then
        select reply_to into question_id from messages where id = p_regenerated and conversation_id = p_conversation;
        if not found then
          kind := 'not_found';
          return;
        elsif question_id is null then
          kind := 'not_an_answer';
          return;
        end if;
      end if;

      if cardinality(p_attachments) > 0 then
        -- Locked until the end: of two messages that come at once only one can have an attachment.
        select coalesce(array_agg(id), '{}') into held from (
          select id from attachments
          where id = any(p_attachments) and user_id = p_user and message_id is null
          order by id for update
        ) locked;
        if cardinality(held) < cardinality(p_attachments) then
          kind := 'no_attachment';
          return;
        end if;
      end if;

      if p_when_busy <> 'queue' then
        select coalesce(json_agg(json_build_object('id', id, 'seq', seq) order by seq), '[]') into interrupted
        from generations where conversation_id = p_conversation and ended_at is null;
        if p_when_busy = 'reject' and json_array_length(interrupted) > 0 then
          kind := 'busy';
          return;
        end if;
        update generations set stop_requested_at = coalesce(stop_requested_at, now())
        where conversation_id = p_conversation and ended_at is null;
      end if;

      answer_seq := last + 1;
      answer_id := p_answer;
      -- As the column rounds it.
      created := now()::timestamptz(3);
      if p_regenerated is null then
        question_id := p_question;
        insert into messages (id, conversation_id, seq, role, content)
        values (p_question, p_conversation, answer_seq, 'user', p_text);
        update attachments a set message_id = p_question, position = given.position
        from unnest(p_attachments) with ordinality as given (id, position) where a.id = given.id;
      end if;
      insert into messages (id, conversation_id, seq, role, reply_to, content)
      values (p_answer, p_conversation, answer_seq, 'assistant', question_id, '');
      insert into generations (id, conversation_id, seq, client_message_id, request_hash, requested_model)
      values (
        p_answer, p_conversation, answer_seq, p_key, p_hash,
        coalesce(p_model, (select requested_model from generations where id = p_regenerated))
      );
      update conversations set
        last_seq = answer_seq,
        updated_at = now(),
        -- A title that the user gave stays.
        title = case when answer_seq = 1 then coalesce(title, p_title) else title end
      where id = p_conversation;
      kind := 'accepted';
    end $$;

    -- 'owned' also when this attempt had written its end before: the reply may have been lost. Otherwise 'taken' or 'gone'.
    create function finish_generation(
      p_conversation uuid,
      p_generation uuid,
      p_attempt integer,
      p_content text,
      p_status text,
      p_model text,
      p_prompt_tokens integer,
      p_completion_tokens integer,
      p_omitted_messages integer,
      p_error_code text,
      p_error_message text,
      out ownership text,
      out waiting boolean
    ) language plpgsql as $$
    declare
      is_mine boolean;
    begin
      -- The conversation's row first, as whoever accepts or deletes: in another order they would wait for each other.
      perform from conversations where id = p_conversation for no key update;
      update generations set
        status = p_status, ended_at = now(), bytes = octet_length(p_content), worker = null, lease_until = null,
        model = p_model, prompt_tokens = p_prompt_tokens, completion_tokens = p_completion_tokens,
        omitted_messages = p_omitted_messages, error_code = p_error_code, error_message = p_error_message
      where id = p_generation and attempt = p_attempt and ended_at is null;
      if found then
        update messages set content = p_content where id = p_generation;
        update conversations set updated_at = now() where id = p_conversation;
        -- Every ended generation has an attempt that began, or its end would have no cursor of its own.
        insert into generation_attempts (generation_id, attempt, start)
        select p_generation, p_attempt, 0
        where not exists (select from generation_attempts where generation_id = p_generation);
        ownership := 'owned';
      else
        select attempt = p_attempt and ended_at is not null into is_mine from generations where id = p_generation;
        ownership := case when is_mine is null then 'gone' when is_mine then 'owned' else 'taken' end;
      end if;
      waiting := exists (
        select from generations where worker is null and ended_at is null and turn is not null
      );
    end $$;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop function finish_generation(
      uuid, uuid, integer, text, text, text, integer, integer, integer, text, text
    );
    drop function accept_message(
      uuid, uuid, text, bytea, text, uuid, text, text, text, uuid, uuid, uuid[], text
    );
    alter table generations drop column requested_model;
  `);
}
