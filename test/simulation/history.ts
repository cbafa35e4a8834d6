import { check, isOver, type Past } from './checks.js';
import { Cluster } from './cluster.js';
import { letDisastersHappen } from './disasters.js';
import { Reader } from './reader.js';
import { User } from './user.js';
import { World } from './world.js';

/** How long everything may take to end when nothing goes wrong any more, in ms. */
const CALM_MS = 120_000;

export interface History {
  readonly seed: number;
  /** What went wrong, in the order in which it was seen. Empty for a history as it should be. */
  readonly violations: readonly string[];
  /** Every step, if it was to be traced. */
  readonly trace: readonly string[];
}

/** Plays one history, which is a pure function of its seed, and says what was wrong with it. */
export async function play(seed: number, traced = false): Promise<History> {
  const world = new World(seed, traced);
  const past = populate(world);
  const unhandled = (error: unknown): void => world.violation(`nobody handled: ${String(error)}`);
  process.on('unhandledRejection', unhandled);
  try {
    await live(past);
  } finally {
    process.off('unhandledRejection', unhandled);
  }
  return { seed, violations: world.violations, trace: world.trace.lines };
}

function populate(world: World): Past & { cluster: Cluster; active: number } {
  const { random, scheduler } = world;
  const cluster = new Cluster(world);
  letDisastersHappen(world);
  const active = random.between(1500, 6000);
  const conversations = Array.from({ length: random.whole(1, 2) }, (_, index) => `c${index + 1}`);
  const users = conversations.map((id) => new User(world, cluster, id));
  for (const user of users) user.begin(active);
  const readers = conversations.flatMap((id) =>
    Array.from(
      { length: random.whole(1, 3) },
      (_, index) => new Reader(world, cluster, id, `reader-${id}-${index + 1}`),
    ),
  );
  for (const reader of readers) {
    scheduler.after(random.chance(0.5) ? 0 : random.between(0, active), () => reader.connect());
  }
  return { world, cluster, users, readers, active };
}

async function live(past: ReturnType<typeof populate>): Promise<void> {
  const { world, cluster, users, active } = past;
  const { scheduler, network, violations, trace } = world;
  const broken = (): boolean => violations.length > 0;
  if (await scheduler.run(active, broken)) return;
  trace.say(() => 'from here on it is CALM');
  network.calmDown();
  cluster.heal();
  if (world.random.chance(0.08)) for (const user of users) user.stopInCalm();
  const end = scheduler.now + CALM_MS;
  while (!isOver(past)) {
    if (await scheduler.run(Math.min(scheduler.now + 200, end), broken)) return;
    if (scheduler.now >= end) return world.violation(`not all is over after ${CALM_MS} ms`);
  }
  check(past);
}
