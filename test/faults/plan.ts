import { Random } from '../simulation/random.js';
import type { Condition } from './faulty-link.js';
import type { Role } from './member.js';

/** What goes wrong. */
export type Hit =
  /** `suspend`: a zombie, if it is for longer than the lease. `jump`: its clock. */
  | { kind: 'process'; role: Role; index: number; how: 'kill' | 'drain' | 'suspend' | 'jump' }
  /** The link from a process to a server. */
  | { kind: 'link'; role: Role; index: number; to: 'redis' | 'postgres'; how: Exclude<Condition, 'open'> }
  /** `restore`: saved at the beginning, killed and started from that at the end. `kill`: it comes back empty. */
  | { kind: 'redis'; how: 'kill' | 'flush' | 'restore' | 'pause' | 'freeze' }
  | { kind: 'postgres'; how: 'restart' };

/** One fault, `at` ms after the plan began, for `forMs`. */
export interface Fault {
  readonly at: number;
  readonly forMs: number;
  readonly hit: Hit;
}

export interface Members {
  readonly gateways: number;
  readonly workers: number;
}

interface Sort {
  /** How often, compared with the others. */
  readonly weight: number;
  /** Shortest and longest, in ms. */
  readonly forMs?: readonly [number, number];
  /** On one of `members`, at random. */
  readonly hit: (random: Random, members: Members) => Hit;
}

const one = (random: Random, role: Role, members: Members): { role: Role; index: number } => ({
  role,
  index: random.whole(0, members[`${role}s`] - 1),
});

const onProcess = (role: Role, how: Extract<Hit, { kind: 'process' }>['how']): Sort['hit'] => {
  return (random, members) => ({ kind: 'process', how, ...one(random, role, members) });
};

const onWay = (how: Exclude<Condition, 'open'>): Sort['hit'] => {
  return (random, members) => {
    const role = random.pick<Role>(['gateway', 'worker']);
    return { kind: 'link', how, to: random.pick(['redis', 'postgres']), ...one(random, role, members) };
  };
};

const onRedis = (how: Extract<Hit, { kind: 'redis' }>['how']): Sort['hit'] => {
  return () => ({ kind: 'redis', how });
};

const SORTS: readonly Sort[] = [
  { weight: 8, hit: onProcess('worker', 'kill') },
  { weight: 3, hit: onProcess('worker', 'drain') },
  { weight: 4, hit: onProcess('worker', 'suspend'), forMs: [500, 10_000] },
  { weight: 2, hit: onProcess('worker', 'jump') },
  { weight: 4, hit: onProcess('gateway', 'kill') },
  { weight: 3, hit: onProcess('gateway', 'drain') },
  { weight: 6, hit: onWay('cut'), forMs: [100, 6000] },
  { weight: 6, hit: onWay('silent'), forMs: [100, 8000] },
  { weight: 3, hit: onWay('slow'), forMs: [500, 4000] },
  { weight: 2, hit: onRedis('kill'), forMs: [0, 2000] },
  { weight: 4, hit: onRedis('flush') },
  { weight: 3, hit: onRedis('restore'), forMs: [300, 5000] },
  { weight: 2, hit: onRedis('pause'), forMs: [100, 3000] },
  { weight: 2, hit: onRedis('freeze'), forMs: [100, 7000] },
  { weight: 1, hit: () => ({ kind: 'postgres', how: 'restart' }), forMs: [200, 2500] },
];

const WEIGHED = SORTS.flatMap((sort) => Array<Sort>(sort.weight).fill(sort));

/** Faults of all sorts at random moments: a pure function of its options. */
export function randomPlan(seed: number, ms: number, everyMs: number, members: Members): Fault[] {
  const random = new Random(seed);
  const faults: Fault[] = [];
  for (let at = random.between(0, everyMs); at < ms; at += random.between(0, 2 * everyMs)) {
    const { hit, forMs = [0, 0] } = random.pick(WEIGHED);
    faults.push({
      at: Math.round(at),
      forMs: Math.round(random.between(...forMs)),
      hit: hit(random, members),
    });
  }
  return faults;
}

/** One fault in each interval, at a random moment of it. */
export function repeated(
  count: number,
  everyMs: number,
  seed: number,
  hit: (random: Random) => Hit,
): Fault[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, round) => ({
    at: Math.round((round + random.next()) * everyMs),
    forMs: 0,
    hit: hit(random),
  }));
}

/** What a fault is on: no other may be on it at the same time. */
export function targetOf({ hit }: Fault): string {
  return hit.kind === 'redis' || hit.kind === 'postgres' ? hit.kind : `${hit.role} ${hit.index + 1}`;
}

/** For people. */
export function nameOf(fault: Fault): string {
  const { hit, forMs } = fault;
  const what = hit.kind === 'link' ? `${hit.how} link to ${hit.to} of` : hit.how;
  return `${what} ${targetOf(fault)}${forMs > 0 ? ` for ${forMs} ms` : ''}`;
}
