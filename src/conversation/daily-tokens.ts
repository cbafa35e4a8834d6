import type { Quota } from '../kernel/quota.js';

/**
 * Where a user stands with the tokens of this UTC day. `remaining` is 0 when they are used up; `resetSeconds` is the time
 * until the next day. An answer counts when it ends, so answers under way may go past the limit.
 */
export type DailyTokens = (userId: string) => Promise<Quota>;
