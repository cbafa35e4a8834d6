import type { Doorbell, Topic, Unlisten } from '../../generation/doorbell.js';
import { channelOf } from './keys.js';
import type { Subscriber } from './subscriber.js';
import type { RedisClient } from './topology.js';

/** The doorbell by Redis pub/sub. */
export class RedisDoorbell implements Doorbell {
  readonly #reads: RedisClient;
  readonly #subscriber: Subscriber;

  /** Rings over `reads`, where they are dropped and do not pile up while Redis is away. */
  constructor({ reads, subscriber }: { reads: RedisClient; subscriber: Subscriber }) {
    this.#reads = reads;
    this.#subscriber = subscriber;
  }

  ring(topic: Topic): void {
    this.#reads.publish(channelOf(topic), '').catch(() => {});
  }

  listen(topic: Topic, onRing: () => void): Promise<Unlisten> {
    return this.#subscriber.listen(channelOf(topic), (payload) => {
      // Appends come over the same channel and are no rings.
      if (payload.length === 0) onRing();
    });
  }
}
