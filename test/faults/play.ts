import { Random } from '../simulation/random.js';
import { Person } from '../support/client.js';
import { check, type Talk, type Violation } from './checks.js';
import type { Surroundings } from './device.js';
import { type Executed, Injector } from './injector.js';
import type { Fault } from './plan.js';
import { Recoveries } from './recoveries.js';
import type { Site } from './site.js';
import { type Manners, talk } from './talk.js';

export interface Play {
  readonly seed: number;
  readonly plan: readonly Fault[];
  /** No fault begins before the one before it is over, however slow the machine is. */
  readonly oneByOne?: boolean;
  /** How many conversations at once. */
  readonly conversations: number;
  readonly manners: Manners;
  /** Empties Redis at the moment of each deletion. */
  readonly flushAtDeletion?: boolean;
  /** Told of each fault. */
  readonly say: (line: string) => void;
}

/** A conversation in which something was wrong. */
export interface Failure {
  readonly talk: Talk;
  readonly violations: readonly Violation[];
}

export interface Played {
  readonly seed: number;
  readonly executed: readonly Executed[];
  readonly failures: readonly Failure[];
  /** What was wrong otherwise: processes that ended by themselves, faults that could not be made. */
  readonly wrong: readonly string[];
  /** What the gateways' logs say of each request that failed, because a part was away or for another reason. */
  readonly failedRequests: readonly string[];
  readonly talks: number;
  readonly answers: number;
  /** How often a client was told that text was lost. */
  readonly resets: number;
  readonly recoveries: Recoveries;
}

/** Conversations one after the other in several lanes, while the plan is carried out; then what of it was wrong. */
export async function play(site: Site, what: Play): Promise<Played> {
  const { seed, plan, conversations, manners, say } = what;
  const start = performance.now();
  const now = (): number => performance.now() - start;
  const recoveries = new Recoveries();
  const onKill = (worker: string): void => {
    const at = now();
    void site.stored.heldBy(worker).then((keys) => recoveries.killed(keys, at));
  };
  const injector = new Injector(site, now, onKill, say);
  const failures: Failure[] = [];
  let [talks, answers, resets] = [0, 0, 0];
  const over = new AbortController();

  const lane = async (person: Person, random: Random): Promise<void> => {
    while (!over.signal.aborted) {
      const around: Surroundings = {
        random,
        now,
        isOver: () => over.signal.aborted,
        anywhere: () => person.at(site.anyGateway(random)),
        onText: (key, at) => recoveries.text(key, at),
        onDeletion: () => {
          if (what.flushAtDeletion) void site.redis.flushall();
        },
      };
      const had = await talk(++talks, manners, around, site.stored);
      const violations = check(had);
      if (violations.length > 0) failures.push({ talk: had, violations });
      for (const { invariant, how } of violations)
        say(`VIOLATION ${invariant} in conversation ${had.number}: ${how}`);
      answers += had.rows.length;
      resets += resetsIn(had);
    }
  };
  const people = await Promise.all(
    Array.from({ length: conversations }, () => Person.register(site.anyGateway(new Random(seed)))),
  );
  const lanes = people.map((person, index) => lane(person, new Random(seed * 1000 + index)));
  await injector.carryOut(plan, what.oneByOne);
  over.abort();
  await Promise.all(lanes);
  const { executed } = injector;
  const { wrong, failedRequests } = site;
  return { seed, executed, failures, wrong, failedRequests, talks, answers, resets, recoveries };
}

function resetsIn({ transcripts }: Talk): number {
  const told = transcripts.flatMap(({ told }) => told);
  return told.filter(
    (heard) => heard.kind === 'frame' && heard.frame.type === 'reset' && heard.frame.reason !== 'joined',
  ).length;
}
