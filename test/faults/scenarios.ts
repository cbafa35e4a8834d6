import { type Fault, inTurn, randomPlan, repeated } from './plan.js';
import { type Play, type Played, play } from './play.js';
import { Site, type SiteOptions } from './site.js';
import { MANNERS, type Manners } from './talk.js';

/** How large a scenario is played, and where. */
export interface Size {
  readonly seed: number;
  /** Faults, rounds or, of random faults, seconds. */
  readonly count: number;
  readonly conversations: number;
  /** `LEASE_SECONDS`. */
  readonly leaseSeconds: number;
  /** Whether the Postgres server is this run's own, and may be crashed. */
  readonly ownPostgres: boolean;
  readonly say: (line: string) => void;
}

export type Scenario = (size: Size) => Promise<Played>;

/** Long answers, which nobody stops, asked one after the other. */
const PATIENT: Manners = { ...MANNERS, delete: 0, stop: 0, interrupt: 0, regenerate: 0, tokens: [60, 200] };

/** Everything that a plan can have, at random. */
const random: Scenario = (size) => {
  const plan = randomPlan({ seed: size.seed, ms: size.count * 1000, everyMs: 1500, gateways: 2, workers: 3 });
  return on(size, { ways: true }, { plan, manners: MANNERS });
};

/** Workers are killed at random moments. */
const kills: Scenario = (size) => {
  const plan = repeated('kill worker', { count: size.count, everyMs: 1500, seed: size.seed, targets: 3 });
  return on(size, {}, { plan, manners: { ...PATIENT, streamsOnly: true } });
};

/** A worker is suspended for three times as long as its lease, and wakes up: it changes nothing that anybody sees. */
const zombie: Scenario = async (size) => {
  const forMs = size.leaseSeconds * 3000;
  const plan = inTurn('suspend worker', { count: size.count, everyMs: forMs + 2000, forMs, targets: 2 });
  return withoutResets(await on(size, { workers: 2 }, { plan, manners: PATIENT }));
};

/** Redis is emptied every two seconds while its writers live: nothing is lost, and nobody is told so. */
const flushes: Scenario = async (size) => {
  const plan = inTurn('flush redis', { count: size.count, everyMs: 2000 });
  return withoutResets(await on(size, {}, { plan, manners: PATIENT }));
};

/** An older Redis comes back at the moment in which the worker is killed. */
const snapshot: Scenario = (size) => {
  const plan = Array.from({ length: size.count }, (_, round): Fault[] => [
    { at: 1000 + round * 4000, kind: 'restore old redis', index: 0, forMs: 1500 },
    { at: 2500 + round * 4000, kind: 'kill worker', index: 0, forMs: 0 },
  ]).flat();
  return on(size, { workers: 1 }, { plan, manners: PATIENT });
};

/** Conversations are deleted in the middle of an answer while Redis is emptied: their text does not come back. */
const deletion: Scenario = async (size) => {
  const manners: Manners = { ...PATIENT, delete: 1, questions: [1, 1] };
  const plan: Fault[] = [{ at: size.count * 1000, kind: 'flush redis', index: 0, forMs: 0 }];
  return on(size, {}, { plan, manners, flushAtDeletion: true }, async (site) => {
    // Nobody can write any more once the workers have ended.
    await Promise.all(site.workers.map((worker) => worker.drain()));
    const keys = await site.stored.keysWith(/c\d+q\d+/);
    return keys.map((key) => `deleted text is under ${key}`);
  });
};

export const SCENARIOS = { random, kills, zombie, flushes, snapshot, deletion };

/** Plays on a site of its own; `after` may find what is wrong on it when all is over. */
async function on(
  { seed, conversations, leaseSeconds, ownPostgres, say }: Size,
  options: Partial<SiteOptions>,
  what: Pick<Play, 'plan' | 'manners' | 'flushAtDeletion'>,
  after: (site: Site) => Promise<string[]> = async () => [],
): Promise<Played> {
  const env = { LEASE_SECONDS: `${leaseSeconds}` };
  const site = await Site.open({ gateways: 2, workers: 3, ways: false, ownPostgres, env, ...options });
  try {
    const played = await play(site, { seed, conversations, say, ...what });
    return { ...played, wrong: [...played.wrong, ...(await after(site))] };
  } finally {
    await site.close();
  }
}

function withoutResets(played: Played): Played {
  if (played.resets === 0) return played;
  return { ...played, wrong: [...played.wrong, `${played.resets} resets, though no text was lost`] };
}
