import { randomUUID } from 'node:crypto';
import { MemoryGenerationLog } from '../../src/adapters/memory/log.js';
import { MemoryNotifier } from '../../src/adapters/memory/notifier.js';
import { connectRedis } from '../../src/adapters/redis/connect.js';
import { RedisGenerationLog } from '../../src/adapters/redis/log.js';
import { RedisNotifier } from '../../src/adapters/redis/notifier.js';
import { Subscriber } from '../../src/adapters/redis/subscriber.js';
import { SystemClock } from '../../src/adapters/system-clock.js';
import { Flusher } from '../../src/generation/flusher.js';
import { type FollowEvent, type FollowOptions, follow } from '../../src/generation/follow.js';
import type { GenerationLog, GenerationRef } from '../../src/generation/generation-log.js';
import type { GenerationLimits } from '../../src/generation/limits.js';
import type { Provider } from '../../src/generation/provider.js';
import type { Notifier } from '../../src/kernel/notifier.js';
import { Runner, type RunnerPorts } from '../../src/worker/runner.js';
import { startRedis } from './redis.js';
import { accept, newUser, openRows, type Rows, request } from './rows.js';
import { SILENT } from './silent-log.js';

const LIMITS: GenerationLimits = {
  firstTokenMs: 60_000,
  idleMs: 60_000,
  totalMs: 60_000,
  placeMs: 60_000,
  answerBytes: 1_048_576,
  imageBytes: 1_048_576,
  promptTokens: 4096,
  sealMs: 5000,
  failures: 3,
};

/** Rows and a log, the core between them, and workers made as the test needs them. */
export interface World {
  readonly rows: Rows;
  readonly log: GenerationLog;
  readonly notifier: Notifier;
  /** Loses every log. */
  loseLogs(): Promise<void>;
  worker(provider: Provider, limits?: Partial<GenerationLimits>, ports?: Partial<RunnerPorts>): Runner;
  conversation(): Promise<{ userId: string; id: string }>;
  send(at: { userId: string; id: string }, text?: string): Promise<GenerationRef>;
  /** As time does to a dead worker's lease. */
  letLeaseRunOut(ref: GenerationRef): Promise<void>;
  follow(id: string, options: FollowOptions, signal?: AbortSignal): AsyncGenerator<FollowEvent, void>;
  close(): Promise<void>;
}

type Logs = Pick<World, 'log' | 'notifier' | 'loseLogs'> & { close(): Promise<void> };

export const LOGS: readonly [string, () => Promise<Logs>][] = [
  ['in memory', logsInMemory],
  ['in Redis', logsInRedis],
];

export async function openWorld(open: () => Promise<Logs>): Promise<World> {
  const [rows, logs] = await Promise.all([openRows(), open()]);
  const clock = new SystemClock();
  const { log, notifier } = logs;
  const workers: Runner[] = [];
  return {
    ...logs,
    rows,
    worker: (provider, limits = {}, ports = {}) => {
      const runner = new Runner({
        log,
        notifier,
        clock,
        provider,
        store: rows.generations,
        flusher: new Flusher(),
        limits: { ...LIMITS, ...limits },
        system: 'Be careful.',
        queue: { add: async () => {}, available: async () => true },
        logger: SILENT,
        worker: randomUUID(),
        leaseMs: 60_000,
        ...ports,
      });
      workers.push(runner);
      return runner;
    },
    conversation: async () => {
      const userId = await newUser(rows);
      return { userId, id: (await rows.conversations.create(userId, null)).id };
    },
    send: async ({ userId, id }, text = 'What helps?') => {
      const operation = { kind: 'send', text, whenBusy: 'queue' } as const;
      return (await accept(rows, request(userId, id, { operation }))).ref;
    },
    letLeaseRunOut: async ({ messageId }) => {
      const past = rows.database.raw(`now() - interval '1 second'`);
      await rows.database('generations').where({ id: messageId }).update({ lease_until: past });
    },
    follow: (id, options, signal = new AbortController().signal) =>
      follow({ log, reader: rows.reader, notifier, clock }, id, options, signal),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.drain(0)));
      await rows.close();
      await logs.close();
    },
  };
}

async function logsInMemory(): Promise<Logs> {
  const notifier = new MemoryNotifier();
  const clock = new SystemClock();
  let refs: GenerationRef[] = [];
  const log = new MemoryGenerationLog({ notifier, clock, retentionSeconds: 600 });
  const open = log.open.bind(log);
  log.open = async (ref, attempt) => {
    refs.push(ref);
    return open(ref, attempt);
  };
  return {
    log,
    notifier,
    loseLogs: async () => {
      await log.erase(refs);
      refs = [];
    },
    close: async () => {},
  };
}

async function logsInRedis(): Promise<Logs> {
  const server = await startRedis();
  const redis = connectRedis(server.url, () => {});
  const subscriber = new Subscriber(redis.pubsub);
  const clock = new SystemClock();
  return {
    log: new RedisGenerationLog({ redis, subscriber, clock, retentionSeconds: 600, liveSeconds: 600 }),
    notifier: new RedisNotifier({ reads: redis.reads, subscriber }),
    loseLogs: async () => {
      await redis.writes.flushall();
    },
    close: async () => {
      await redis.close();
      await server.stop();
    },
  };
}
