import type { Random } from './random.js';

/** How much goes wrong in a history. Each has a mixture of its own, or rare faults would never meet calm surroundings. */
export interface FaultRates {
  /** Nothing goes wrong, but that jobs may be lost: then bounds are tight. */
  readonly mild: boolean;
  /** Chances that a call of Postgres, of the log or of the queue fails. */
  readonly failures: number;
  /** Chance that a call takes seconds. */
  readonly slowness: number;
  readonly lostNotifications: number;
  readonly lostJobs: number;
  /** Mean pauses between disasters of each kind, in ms; undefined for none. */
  readonly every: {
    readonly crash: number | undefined;
    readonly freeze: number | undefined;
    readonly drain: number | undefined;
    readonly logLoss: number | undefined;
    readonly logRollback: number | undefined;
    readonly logDown: number | undefined;
    readonly postgresDown: number | undefined;
    readonly jobsLost: number | undefined;
    /** Of each reader's connection. */
    readonly cut: number | undefined;
  };
  /** Chance that a request to the provider fails or stalls. */
  readonly badProvider: number;
}

export function faultRatesOf(random: Random): FaultRates {
  const mild = random.chance(0.15);
  // In a storm several disasters meet in one answer.
  const storm = !mild && random.chance(0.5);
  const every = (chance: number, low: number, high: number): number | undefined => {
    if (mild || !random.chance(storm ? 2 * chance : chance)) return undefined;
    return random.between(low, high) / (storm ? 4 : 1);
  };
  const rate = (of: readonly number[]): number => (mild ? 0 : random.pick(of));
  return {
    mild,
    failures: rate([0, 0, 0.01, 0.05, 0.15]),
    slowness: rate([0, 0.01, 0.1]),
    lostNotifications: rate([0, 0.3, 1]),
    lostJobs: random.pick([0, 0, 0.3, 1]),
    every: {
      crash: every(0.5, 1000, 6000),
      freeze: every(0.5, 1000, 6000),
      drain: every(0.4, 1000, 6000),
      logLoss: every(0.4, 500, 4000),
      logRollback: every(0.4, 500, 4000),
      logDown: every(0.2, 2000, 8000),
      postgresDown: every(0.2, 2000, 8000),
      jobsLost: every(0.2, 1000, 6000),
      cut: mild && random.chance(0.5) ? random.between(200, 2000) : every(0.5, 400, 4000),
    },
    badProvider: rate([0, 0, 0.1, 0.4]),
  };
}
