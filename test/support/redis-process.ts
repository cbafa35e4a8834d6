import { connectRedis, type RedisConnections } from '../../src/adapters/redis/connect.js';
import { RedisDoorbell } from '../../src/adapters/redis/doorbell.js';
import { RedisGenerationLog } from '../../src/adapters/redis/log.js';
import { Subscriber } from '../../src/adapters/redis/subscriber.js';
import type { Clock } from '../../src/generation/clock.js';

/** What one process of the product has of Redis. */
export class RedisProcess {
  readonly redis: RedisConnections;
  readonly subscriber: Subscriber;
  readonly doorbell: RedisDoorbell;
  readonly log: RedisGenerationLog;

  constructor(url: string, clock: Clock) {
    this.redis = connectRedis(url, () => {});
    this.subscriber = new Subscriber(this.redis.pubsub);
    this.doorbell = new RedisDoorbell({ reads: this.redis.reads, subscriber: this.subscriber });
    this.log = new RedisGenerationLog({
      redis: this.redis,
      subscriber: this.subscriber,
      clock,
      retentionSeconds: 600,
      liveSeconds: 3600,
    });
  }

  stop(): Promise<void> {
    return this.redis.close();
  }
}
