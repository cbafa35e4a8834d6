import type { Knex } from 'knex';

/**
 * The tokens of each user and UTC day. An answer counts once, with its final row, and stays counted when its conversation is
 * deleted. Without the model's own figures (it was stopped, or failed) an answer counts a token for every 4 bytes that are
 * stored of it.
 *
 * A trigger counts, so that the release before this one counts too during an upgrade. There is no reference to `users`:
 * checking it would lock the user's row behind a conversation's, and the deletion of a user locks them in the other order.
 * Rows go when the user is deleted, and after two days.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table token_usage (
      user_id uuid not null,
      day date not null,
      tokens bigint not null,
      primary key (user_id, day)
    );
    create index token_usage_by_day on token_usage (day);

    create function count_tokens() returns trigger language plpgsql as $$
    declare
      used bigint := coalesce(
        coalesce(new.prompt_tokens, 0)::bigint + new.completion_tokens, new.prompt_tokens, ceil(new.bytes / 4.0)
      );
    begin
      if used > 0 and new.user_id is not null then
        insert into token_usage as u (user_id, day, tokens)
        values (new.user_id, (now() at time zone 'utc')::date, used)
        on conflict (user_id, day) do update set tokens = u.tokens + excluded.tokens;
      end if;
      return null;
    end $$;
    create trigger tokens_counted after update of ended_at on generations
      for each row when (old.ended_at is null and new.ended_at is not null)
      execute function count_tokens();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger tokens_counted on generations;
    drop function count_tokens();
    drop table token_usage;
  `);
}
