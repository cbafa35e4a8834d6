import type { Knex } from 'knex';
import type { DailyTokens } from '../../conversation/daily-tokens.js';
import { rows } from './rows.js';

/** Reads what the trigger of migration 019 counts. Postgres' clock says which day it is. */
export function dailyTokens(database: Knex, limit: number): DailyTokens {
  return async (userId) => {
    const [row] = await rows<{ used: string | null; left: number }>(
      database,
      `select
         (select tokens from token_usage where user_id = ? and day = (now() at time zone 'utc')::date) as used,
         ceil(extract(epoch from
           date_trunc('day', now(), 'utc') + interval '1 day' - now()
         ))::int as left`,
      [userId],
    );
    const used = Number(row?.used ?? 0);
    return {
      name: 'tokens',
      allowed: used < limit,
      limit,
      remaining: Math.max(0, limit - used),
      resetSeconds: Math.max(1, row?.left ?? 1),
    };
  };
}
