import type { Notifier, Topic, Unsubscribe } from '../../kernel/notifier.js';
import { channelOf, payloadOf } from './keys.js';
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
    this.#reads.publish(channelOf(topic), payloadOf(topic)).catch(() => {});
  }

  subscribe(topic: Topic, onNotify: () => void): Promise<Unsubscribe> {
    const own = Buffer.from(payloadOf(topic));
    return this.#subscriber.listen(channelOf(topic), (payload) => {
      // Appends come over the same channel. An empty payload also says that the connection was lost.
      if (payload.length === 0 || payload.equals(own)) onNotify();
    });
  }
}
