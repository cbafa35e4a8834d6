import type { Notifier, Topic, Unsubscribe } from '../../kernel/notifier.js';
import { channelOf } from './keys.js';
import type { Subscriber } from './subscriber.js';
import type { RedisClient } from './topology.js';

/** The notifier by Redis pub/sub. */
export class RedisNotifier implements Notifier {
  readonly #reads: RedisClient;
  readonly #subscriber: Subscriber;

  /** Rings over `reads`, where they are dropped and do not pile up while Redis is away. */
  constructor({ reads, subscriber }: { reads: RedisClient; subscriber: Subscriber }) {
    this.#reads = reads;
    this.#subscriber = subscriber;
  }

  notify(topic: Topic): void {
    this.#reads.publish(channelOf(topic), '').catch(() => {});
  }

  subscribe(topic: Topic, onNotify: () => void): Promise<Unsubscribe> {
    return this.#subscriber.listen(channelOf(topic), (payload) => {
      // Appends come over the same channel and are no rings.
      if (payload.length === 0) onNotify();
    });
  }
}
