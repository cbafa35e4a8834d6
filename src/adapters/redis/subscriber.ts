import { type Redis, ReplyError } from 'ioredis';
import type { Unsubscribe } from '../../kernel/notifier.js';
import { Listeners } from '../listeners.js';
import { EMPTY_MESSAGE } from './pubsub-message.js';

/**
 * The one pub/sub connection of a process. After a lost connection every listener gets one empty message, since
 * messages may have been missed.
 */
export class Subscriber {
  readonly #redis: Redis;
  readonly #listeners = new Listeners<Buffer>();
  readonly #subscribed = new Map<string, Promise<void>>();

  /** `redis` must be used for nothing else, with `autoResubscribe` off. */
  constructor(redis: Redis) {
    this.#redis = redis;
    redis.on('messageBuffer', (channel: Buffer, payload: Buffer) => {
      this.#listeners.call(channel.toString(), payload);
    });
    redis.on('ready', () => void this.#resubscribe());
  }

  /**
   * Resolves when the subscription is active. While Redis is down it resolves at once: the reconnect then sends an empty
   * message.
   */
  async listen(channel: string, handler: (payload: Buffer) => void): Promise<Unsubscribe> {
    // A new function, so that the same handler may be added twice.
    const listener = (payload: Buffer): void => handler(payload);
    this.#listeners.add(channel, listener);
    const unsubscribe = (): void => this.#unsubscribe(channel, listener);
    const subscribed = this.#subscribed.get(channel) ?? this.#subscribe([channel]);
    this.#subscribed.set(channel, subscribed);
    try {
      await subscribed;
    } catch (error) {
      unsubscribe();
      throw error;
    }
    return unsubscribe;
  }

  #unsubscribe(channel: string, listener: (payload: Buffer) => void): void {
    this.#listeners.delete(channel, listener);
    if (this.#listeners.has(channel) || !this.#subscribed.delete(channel)) return;
    if (this.#redis.status === 'ready') this.#redis.unsubscribe(channel).catch(() => {});
  }

  async #resubscribe(): Promise<void> {
    await this.#subscribe(this.#listeners.names).catch(() => {});
    this.#listeners.callAll(EMPTY_MESSAGE);
  }

  /** Rejects when Redis refuses. A broken connection is not a failure: the next one subscribes to everything. */
  async #subscribe(channels: readonly string[]): Promise<void> {
    if (channels.length === 0 || this.#redis.status !== 'ready') return;
    try {
      await this.#redis.subscribe(...channels);
    } catch (error) {
      // Any other error means that the connection broke; the next connection subscribes by itself.
      if (error instanceof ReplyError) throw error;
    }
  }
}
