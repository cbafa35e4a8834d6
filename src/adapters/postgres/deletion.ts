import type { Knex } from 'knex';
import type { GenerationRef } from '../../generation/generation-log.js';
import { rows } from './rows.js';

/**
 * Removes conversations from their user. The transaction must have locked their rows. After its commit nobody can read
 * them, and their running and waiting answers have ended. This is quick however long they are, because their rows are
 * removed later (`PostgresPurge`). Returns the generations that may have a log: those that were open, and those that ended
 * in the last `logSeconds`. `log_erasures` records them too, so that their text is erased even if this process ends or
 * Redis is down.
 */
export async function disown(
  transaction: Knex.Transaction,
  ids: readonly string[],
  logSeconds: number,
): Promise<readonly GenerationRef[]> {
  // From the newest backwards, down to the first whose log has expired.
  const found = await rows<{ id: string; conversation_id: string; seq: number }>(
    transaction,
    `select g.id, g.conversation_id, g.seq
     from unnest(?::uuid[]) as c (id) cross join lateral (
       select g.id, g.conversation_id, g.seq from generations g
       where g.conversation_id = c.id and g.seq > coalesce((
         select o.seq from generations o
         where o.conversation_id = c.id and o.ended_at < now() - make_interval(secs => ?)
         order by o.seq desc limit 1
       ), 0)
     ) g
     order by g.conversation_id, g.seq`,
    [[...ids], logSeconds],
  );
  await transaction.raw(
    'delete from generations where conversation_id = any(?::uuid[]) and ended_at is null',
    [[...ids]],
  );
  await transaction.raw('update conversations set user_id = null where id = any(?::uuid[])', [[...ids]]);
  await rows(
    transaction,
    `insert into log_erasures (generation_id, conversation_id, seq)
     select * from unnest(?::uuid[], ?::uuid[], ?::integer[]) on conflict do nothing`,
    [found.map((row) => row.id), found.map((row) => row.conversation_id), found.map((row) => row.seq)],
  );
  return found.map((row) => ({ conversationId: row.conversation_id, messageId: row.id, seq: row.seq }));
}
