import type { Notifier, Topic, Unsubscribe } from '../../kernel/notifier.js';
import { channelOf } from './keys.js';
import type { Subscriber } from './subscriber.js';
import type { RedisClient } from './topology.js';

/** A notifier over Redis pub/sub. */
export class RedisNotifier implements Notifier {
  readonly #reads: RedisClient;
  readonly #subscriber: Subscriber;

  /** Publishes over `reads`, where commands fail fast: notifications must not pile up while Redis is down. */
  constructor({ reads, subscriber }: { reads: RedisClient; subscriber: Subscriber }) {
    this.#reads = reads;
    this.#subscriber = subscriber;
  }

  notify(topic: Topic): void {
    this.#reads.publish(channelOf(topic), '').catch(() => {});
  }

  subscribe(topic: Topic, onNotify: () => void): Promise<Unsubscribe> {
    return this.#subscriber.listen(channelOf(topic), (payload) => {
      // Appends come over the same channel; only an empty payload is a notification.
      if (payload.length === 0) onNotify();
    });
  }
}
