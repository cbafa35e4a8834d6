import { keysOf } from '../../src/adapters/redis/keys.js';
import type { RedisClient } from '../../src/adapters/redis/topology.js';
import type { GenerationRef } from '../../src/generation/generation-log.js';
import type { Disaster } from '../contract/generation-log/disaster.js';

/** What a Redis that is emptied, evicts, or comes back with an older snapshot does to a log. */
export class RedisDisaster implements Disaster {
  readonly #redis: RedisClient;
  readonly #sealed: boolean;

  /** @param sealed whether logs are encrypted */
  constructor(redis: RedisClient, sealed = false) {
    this.#redis = redis;
    this.#sealed = sealed;
  }

  async loseAll(ref: GenerationRef): Promise<void> {
    await this.#redis.del(...keysOf(ref, this.#sealed));
  }

  async loseText(ref: GenerationRef, part: number): Promise<void> {
    const [text] = keysOf(ref, this.#sealed);
    const left = Math.floor((await this.#redis.strlen(text)) * part);
    if (left === 0) await this.#redis.del(text);
    else await this.#redis.set(text, await this.#redis.getrangeBuffer(text, 0, left - 1));
  }

  async save(ref: GenerationRef): Promise<() => Promise<void>> {
    const keys = keysOf(ref, this.#sealed);
    const dumps = await Promise.all(keys.map((key) => this.#redis.dumpBuffer(key)));
    return async () => {
      const back = this.#redis.multi().del(...keys);
      for (const [index, key] of keys.entries()) {
        const dump = dumps[index];
        if (dump) back.restore(key, 0, dump);
      }
      await back.exec();
    };
  }
}
