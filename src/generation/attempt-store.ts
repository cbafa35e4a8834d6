import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import { retry } from '../kernel/retry.js';
import type { Claim, GenerationStore } from './generation-store.js';
import type { GenerationLimits } from './limits.js';

/** What an attempt asks of the rows. */
export type AttemptStore = Pick<GenerationStore, 'begin' | 'ownership' | 'finish' | 'turns'>;

export interface AttemptStorePorts {
  readonly store: AttemptStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: Pick<GenerationLimits, 'firstTokenMs'>;
}

/**
 * The rows for one attempt. What it must ask before it has any text is asked again while Postgres is down or read-only: a
 * failover between the claim and the first token would otherwise cost the attempt, and the person the time of a lease.
 *
 * It asks until `interrupted` aborts, and for half of the time that the model has for its first token, which runs
 * meanwhile: the attempt must not end as if the model were slow. Then it throws, and the next claim tries again.
 */
export function attemptStore(
  { store, clock, logger, limits }: AttemptStorePorts,
  { ref }: Claim,
  interrupted: AbortSignal,
): AttemptStore {
  const until = async <T>(event: string, act: () => Promise<T>): Promise<T> => {
    const late = new AbortController();
    const done = new AbortController();
    void clock.sleep(limits.firstTokenMs / 2, done.signal).then(() => late.abort('late'));
    const signal = AbortSignal.any([interrupted, late.signal]);
    try {
      return await retry({ clock, logger, messageId: ref.messageId, event, signal }, act);
    } finally {
      done.abort('done');
    }
  };
  return {
    begin: (claim, start) => until('attempt not begun', () => store.begin(claim, start)),
    turns: (of, bytes) => until('conversation not read', () => store.turns(of, bytes)),
    ownership: (claim) => store.ownership(claim),
    finish: (claim, content, outcome) => store.finish(claim, content, outcome),
  };
}
