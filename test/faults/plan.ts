import { Random } from '../simulation/random.js';

/** What can go wrong, and whom it hits. */
export type FaultKind = keyof typeof KINDS;

/** What is under a fault; only one fault at a time hits a target. */
export type Target = 'worker' | 'gateway' | 'redis' | 'postgres';

interface Kind {
  readonly target: Target;
  /** How often, compared with the others. */
  readonly weight: number;
  /** Shortest and longest, in ms. */
  readonly forMs: readonly [number, number];
}

const kind = (target: Target, weight: number, from = 0, to = 0): Kind => ({
  target,
  weight,
  forMs: [from, to],
});

const KINDS = {
  'kill worker': kind('worker', 6),
  'drain worker': kind('worker', 2),
  /** Longer than the lease: a zombie. */
  'suspend worker': kind('worker', 3, 500, 10_000),
  'jump clock of worker': kind('worker', 1),
  'cut worker from redis': kind('worker', 2, 100, 6000),
  'silence redis for worker': kind('worker', 2, 100, 8000),
  'slow redis for worker': kind('worker', 1, 500, 4000),
  'cut worker from postgres': kind('worker', 2, 100, 6000),
  'silence postgres for worker': kind('worker', 2, 100, 8000),
  'slow postgres for worker': kind('worker', 1, 500, 4000),
  'kill gateway': kind('gateway', 3),
  'drain gateway': kind('gateway', 2),
  'cut gateway from redis': kind('gateway', 2, 100, 6000),
  'silence redis for gateway': kind('gateway', 2, 100, 8000),
  'slow redis for gateway': kind('gateway', 1, 500, 4000),
  'cut gateway from postgres': kind('gateway', 2, 100, 6000),
  'silence postgres for gateway': kind('gateway', 2, 100, 8000),
  'slow postgres for gateway': kind('gateway', 1, 500, 4000),
  'kill redis': kind('redis', 2, 0, 2000),
  'flush redis': kind('redis', 4),
  'restore old redis': kind('redis', 2, 300, 5000),
  'pause redis': kind('redis', 2, 100, 3000),
  'freeze redis': kind('redis', 2, 100, 7000),
  'restart postgres': kind('postgres', 1, 200, 2500),
} as const;

/** One fault, `at` ms after the plan began, for `forMs`. `index` says which of its targets. */
export interface Fault {
  readonly at: number;
  readonly kind: FaultKind;
  readonly index: number;
  readonly forMs: number;
}

export interface PlanOptions {
  readonly seed: number;
  /** How long faults begin, in ms. */
  readonly ms: number;
  /** Time from one fault to the next, on average, in ms. */
  readonly everyMs: number;
  readonly gateways: number;
  readonly workers: number;
}

const NAMES = Object.keys(KINDS) as FaultKind[];
const WEIGHED = NAMES.flatMap((name) => Array<FaultKind>(KINDS[name].weight).fill(name));

/** Faults at random moments: a pure function of its options. */
export function randomPlan({ seed, ms, everyMs, gateways, workers }: PlanOptions): Fault[] {
  const random = new Random(seed);
  const faults: Fault[] = [];
  for (let at = random.between(0, everyMs); at < ms; at += random.between(0, 2 * everyMs)) {
    const kind = random.pick(WEIGHED);
    const { target, forMs } = KINDS[kind];
    const count = target === 'worker' ? workers : target === 'gateway' ? gateways : 1;
    faults.push({
      at: Math.round(at),
      kind,
      index: random.whole(0, count - 1),
      forMs: Math.round(random.between(...forMs)),
    });
  }
  return faults;
}

/** The same fault again and again, at a random moment of each interval, on targets at random. */
export function repeated(
  kind: FaultKind,
  { count, everyMs, seed, targets }: { count: number; everyMs: number; seed: number; targets: number },
): Fault[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, round) => ({
    at: Math.round((round + random.next()) * everyMs),
    kind,
    index: random.whole(0, targets - 1),
    forMs: 0,
  }));
}

/** The same fault at even distances, on one target after the other. */
export function inTurn(
  kind: FaultKind,
  {
    count,
    everyMs,
    forMs = 0,
    targets = 1,
  }: { count: number; everyMs: number; forMs?: number; targets?: number },
): Fault[] {
  return Array.from({ length: count }, (_, round) => ({
    at: 1000 + round * everyMs,
    kind,
    index: round % targets,
    forMs,
  }));
}

/** What a fault hits: no other may meanwhile. */
export function targetOf({ kind, index }: Fault): string {
  return `${KINDS[kind].target}-${index + 1}`;
}
