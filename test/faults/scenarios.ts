import { type Fault, type Hit, randomPlan, repeated } from './plan.js';
import { type Play, type Played, play } from './play.js';
import { Site, type SiteOptions } from './site.js';
import { MANNERS, type Manners } from './talk.js';

/** How large a scenario is played, and where. */
export interface Size {
  readonly seed: number;
  /** Rounds; seconds of random faults, and of deletions. */
  readonly count: number;
  readonly conversations: number;
  /** Of an answer, least and most. */
  readonly tokens: readonly [number, number];
  /** `LEASE_SECONDS`. */
  readonly leaseSeconds: number;
  /** Whether the Postgres server is this run's own, and may be crashed. */
  readonly ownPostgres: boolean;
  readonly say: (line: string) => void;
  /** Told of the site, for whoever may have to close it early. */
  readonly onOpen?: (site: Site) => void;
}

export type Scenario = (size: Size) => Promise<Played>;

/** Time from one random fault to the next, on average, in ms. */
const EVERY_MS = 1500;
/** Time for answers to begin, in ms. */
const FIRST_MS = 1000;

/** Answers that nobody stops, asked one after the other. */
const PATIENT: Manners = { ...MANNERS, delete: 0, stop: 0, interrupt: 0, regenerate: 0 };

/** All sorts of faults. */
const random: Scenario = (size) => {
  const plan = randomPlan(size.seed, size.count * 1000, EVERY_MS, { gateways: 2, workers: 3 });
  return on(size, { links: true }, { plan, manners: MANNERS });
};

/** Workers are killed at random moments, one after the other: two of three are always there. */
const kills: Scenario = (size) => {
  const plan = repeated(size.count, EVERY_MS, size.seed, (random) => killWorker(random.whole(0, 2)));
  return on(size, {}, { plan, oneByOne: true, manners: { ...PATIENT, streamsOnly: true } });
};

/** A worker is suspended for three times as long as its lease, and wakes up: it changes nothing that anybody sees. */
const zombie: Scenario = async (size) => {
  const forMs = size.leaseSeconds * 3000;
  const plan = rounds(size.count, forMs + 2000, (at, round) => [
    { at, forMs, hit: { kind: 'process', role: 'worker', index: round % 2, how: 'suspend' } },
  ]);
  return withoutResets(await on(size, { workers: 2 }, { plan, manners: PATIENT }));
};

/** Redis is emptied every two seconds while its writers live: nothing is lost, and nobody is told so. */
const flushes: Scenario = async (size) => {
  const plan = rounds(size.count, 2000, (at) => [{ at, forMs: 0, hit: { kind: 'redis', how: 'flush' } }]);
  return withoutResets(await on(size, {}, { plan, manners: PATIENT }));
};

/** An older Redis comes back at the moment in which the worker is killed. */
const snapshot: Scenario = (size) => {
  const plan = rounds(size.count, 4000, (at) => [
    { at, forMs: 1500, hit: { kind: 'redis', how: 'restore' } },
    { at: at + 1500, forMs: 0, hit: killWorker(0) },
  ]);
  return on(size, { workers: 1 }, { plan, manners: PATIENT });
};

/** Conversations are deleted in the middle of an answer while Redis is emptied: their text does not come back. */
const deletion: Scenario = async (size) => {
  const manners: Manners = { ...PATIENT, delete: 1, questions: [1, 1] };
  const plan: Fault[] = [{ at: size.count * 1000, forMs: 0, hit: { kind: 'redis', how: 'flush' } }];
  return on(size, {}, { plan, manners, flushAtDeletion: true }, async (site) => {
    // Nobody can write any more once the workers have ended.
    await Promise.all(site.workers.map((worker) => worker.drain()));
    const keys = await site.stored.keysWith(/c\d+q\d+/);
    return keys.map((key) => `deleted text is under ${key}`);
  });
};

export const SCENARIOS = { random, kills, zombie, flushes, snapshot, deletion };

/** Faults (or seconds, of random ones) and conversations of each at full size. */
export const FULL_SIZES: Record<keyof typeof SCENARIOS, { count: number; conversations: number }> = {
  random: { count: 60, conversations: 20 },
  kills: { count: 300, conversations: 50 },
  zombie: { count: 6, conversations: 30 },
  flushes: { count: 60, conversations: 100 },
  // Fewer than attempts without progress are allowed: text that goes back each time makes none, and is given up then.
  snapshot: { count: 8, conversations: 20 },
  deletion: { count: 60, conversations: 30 },
};

/** Plays on a site of its own; `after` may find what is wrong on it when all is over. */
async function on(
  { seed, conversations, tokens, leaseSeconds, ownPostgres, say, onOpen }: Size,
  options: Partial<SiteOptions>,
  what: Pick<Play, 'plan' | 'oneByOne' | 'manners' | 'flushAtDeletion'>,
  after: (site: Site) => Promise<string[]> = async () => [],
): Promise<Played> {
  const env = { LEASE_SECONDS: `${leaseSeconds}` };
  const site = await Site.open({ gateways: 2, workers: 3, links: false, ownPostgres, env, ...options });
  onOpen?.(site);
  try {
    const played = await play(site, {
      ...what,
      seed,
      conversations,
      say,
      manners: { ...what.manners, tokens },
    });
    return { ...played, wrong: [...played.wrong, ...(await after(site))] };
  } finally {
    await site.close();
  }
}

function withoutResets(played: Played): Played {
  if (played.resets === 0) return played;
  return { ...played, wrong: [...played.wrong, `${played.resets} resets, though no text was lost`] };
}

function killWorker(index: number): Hit {
  return { kind: 'process', role: 'worker', index, how: 'kill' };
}

/** The same again and again. */
function rounds(
  count: number,
  everyMs: number,
  faults: (at: number, round: number) => readonly Fault[],
): Fault[] {
  return Array.from({ length: count }, (_, round) => faults(FIRST_MS + round * everyMs, round)).flat();
}
