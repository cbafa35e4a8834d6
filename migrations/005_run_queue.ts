import type { Knex } from 'knex';

/**
 * What is to run next, kept in the rows themselves, so that a worker reads what is due and nothing else, whatever else
 * waits and whatever the planner's statistics say.
 *
 * `turn` is null while an earlier generation of the conversation is open. The first open one has a number, and the lowest
 * number of those without a worker runs next; of two with the same number, the older. 0 means begun: a generation that a
 * worker has, or gave back. Others get the number after the user's last one that waits, and at least the lowest that
 * waits (start-time fair queueing):
 *
 *   Ann sends 1,000 messages     turns 1 to 1,000
 *   Ben sends one                turn 1: it runs after Ann's first
 *
 * Triggers keep it, so that the release before this one goes on working during an upgrade; and because a function's
 * statements see what was committed while the statement around them waited for the conversation's lock.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table generations add column user_id uuid, add column turn bigint;

    create index generations_waiting on generations (turn, id)
      where worker is null and ended_at is null and turn is not null;
    create index generations_waiting_by_user on generations (user_id, turn)
      where worker is null and ended_at is null and turn is not null;
    create index generations_held on generations (worker) where worker is not null;

    create function next_turn(owner uuid) returns bigint language sql volatile as $$
      select greatest(
        1,
        (select turn from generations
         where worker is null and ended_at is null and turn is not null and turn > 0
         order by turn limit 1),
        (select turn from generations
         where worker is null and ended_at is null and turn is not null and turn > 0 and user_id = owner
         order by turn desc limit 1) + 1
      )
    $$;

    create function generation_accepted() returns trigger language plpgsql as $$
    begin
      new.user_id := (select user_id from conversations where id = new.conversation_id);
      if not exists (
        select from generations where conversation_id = new.conversation_id and ended_at is null
      ) then
        new.turn := next_turn(new.user_id);
      end if;
      return new;
    end $$;

    create function generation_claimed() returns trigger language plpgsql as $$
    begin
      new.turn := 0;
      return new;
    end $$;

    create function generation_ended() returns trigger language plpgsql as $$
    begin
      update generations set turn = next_turn(new.user_id)
      where conversation_id = new.conversation_id and seq = new.seq + 1 and ended_at is null;
      return null;
    end $$;

    update generations g set
      user_id = c.user_id,
      turn = case
        when g.seq > (
          select min(o.seq) from generations o where o.conversation_id = g.conversation_id and o.ended_at is null
        ) then null
        when g.attempt > 0 then 0
        else 1
      end
    from conversations c
    where c.id = g.conversation_id and g.ended_at is null;

    create trigger accepted before insert on generations
      for each row execute function generation_accepted();
    create trigger claimed before update of worker on generations
      for each row when (new.worker is not null and old.worker is null)
      execute function generation_claimed();
    create trigger ended after update of ended_at on generations
      for each row when (new.ended_at is not null and old.ended_at is null)
      execute function generation_ended();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger ended on generations;
    drop trigger claimed on generations;
    drop trigger accepted on generations;
    drop function generation_ended();
    drop function generation_claimed();
    drop function generation_accepted();
    drop function next_turn(uuid);
    drop index generations_held;
    drop index generations_waiting_by_user;
    drop index generations_waiting;
    alter table generations drop column turn, drop column user_id;
  `);
}
