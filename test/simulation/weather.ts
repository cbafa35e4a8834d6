import type { Random } from './random.js';

/** How much goes wrong in a history. Each has a mixture of its own, or rare faults would never meet calm surroundings. */
export interface Weather {
  /** Nothing goes wrong at all: then bounds are tight. */
  readonly fair: boolean;
  /** Chances that a call of Postgres, of the log or of the queue fails. */
  readonly failures: number;
  /** Chance that a call takes seconds. */
  readonly slowness: number;
  readonly lostRings: number;
  readonly lostJobs: number;
  /** Mean pauses between disasters of each kind, in ms; undefined for none. */
  readonly every: {
    readonly crash: number | undefined;
    readonly freeze: number | undefined;
    readonly drain: number | undefined;
    readonly logLoss: number | undefined;
    readonly logRollback: number | undefined;
    readonly logAway: number | undefined;
    readonly postgresAway: number | undefined;
    readonly jobsLost: number | undefined;
    /** Of each reader's connection. */
    readonly cut: number | undefined;
  };
  /** Chance that a request to the provider fails or stalls. */
  readonly badProvider: number;
}

export function weatherOf(random: Random): Weather {
  const fair = random.chance(0.1);
  const some = (chance: number, low: number, high: number) =>
    !fair && random.chance(chance) ? random.between(low, high) : undefined;
  const rate = (of: readonly number[]) => (fair ? 0 : random.pick(of));
  return {
    fair,
    failures: rate([0, 0, 0.01, 0.05, 0.15]),
    slowness: rate([0, 0.002, 0.02]),
    lostRings: rate([0, 0.3, 1]),
    lostJobs: rate([0, 0, 0.3, 1]),
    every: {
      crash: some(0.4, 1000, 8000),
      freeze: some(0.4, 1000, 8000),
      drain: some(0.2, 2000, 8000),
      logLoss: some(0.35, 500, 6000),
      logRollback: some(0.35, 500, 6000),
      logAway: some(0.2, 2000, 8000),
      postgresAway: some(0.2, 2000, 8000),
      jobsLost: some(0.2, 1000, 6000),
      cut: some(0.6, 100, 3000),
    },
    badProvider: rate([0, 0, 0.1, 0.4]),
  };
}
