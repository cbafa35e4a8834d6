import { connectRedis, type RedisConnections } from '../../src/adapters/redis/connect.js';
import { type LogCiphers, RedisGenerationLog } from '../../src/adapters/redis/log.js';
import { RedisNotifier } from '../../src/adapters/redis/notifier.js';
import { Subscriber } from '../../src/adapters/redis/subscriber.js';
import type { RedisClient } from '../../src/adapters/redis/topology.js';
import type { LogSubject } from '../contract/generation-log/scene.js';
import type { ManualClock } from '../doubles/manual-clock.js';

/** Not `once` of node:events, which rejects at the errors of a connection that is being tried again. */
export function nextEvent(redis: RedisClient, event: 'ready' | 'close'): Promise<void> {
  return new Promise((resolve) => {
    redis.once(event, () => resolve());
  });
}

/** What one process of the product has of Redis. */
export class RedisProcess {
  readonly redis: RedisConnections;
  readonly subscriber: Subscriber;
  readonly notifier: RedisNotifier;
  readonly log: RedisGenerationLog;
  readonly #clock: ManualClock;

  /** @param ciphers absent: logs are not encrypted */
  constructor(url: string, clock: ManualClock, ciphers?: LogCiphers) {
    this.#clock = clock;
    this.redis = connectRedis(url, () => {});
    this.subscriber = new Subscriber(this.redis.pubsub);
    this.notifier = new RedisNotifier({ reads: this.redis.reads, subscriber: this.subscriber });
    this.log = new RedisGenerationLog({
      redis: this.redis,
      subscriber: this.subscriber,
      clock,
      retentionSeconds: 600,
      liveSeconds: 3600,
      ...(ciphers && { ciphers }),
    });
  }

  /** Its log, as the contract suite holds it. */
  subject(elsewhere: RedisProcess = this): LogSubject {
    const { log, notifier } = this;
    return { log, elsewhere: elsewhere.log, notifier, clock: this.#clock };
  }

  stop(): Promise<void> {
    return this.redis.close();
  }
}
