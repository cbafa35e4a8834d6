import { Cluster, type Redis } from 'ioredis';
import type { RedisClient } from './topology.js';

const BEAT_MS = 5000;

/**
 * Finds out what no command would: that the connection which only listens is dead; that a server is no longer the master
 * (whoever reads or rings there is heard by nobody); that a cluster looks different now.
 */
export class Heartbeat {
  readonly #writes: RedisClient;
  readonly #reads: RedisClient;
  readonly #pubsub: Redis;
  readonly #timer: NodeJS.Timeout;

  constructor(writes: RedisClient, reads: RedisClient, pubsub: Redis, everyMs = BEAT_MS) {
    this.#writes = writes;
    this.#reads = reads;
    this.#pubsub = pubsub;
    this.#timer = setInterval(() => this.#beat(), everyMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    // Left without an answer, it has ioredis take the connection for dead.
    if (this.#pubsub.status === 'ready') this.#pubsub.ping().catch(() => {});
    // Not by the option of ioredis, whose timer outlives a disconnect.
    for (const client of [this.#writes, this.#reads]) {
      if (client instanceof Cluster && client.status === 'ready') client.refreshSlotsCache();
    }
    if (!(this.#reads instanceof Cluster)) void this.#checkRole(this.#reads);
  }

  async #checkRole(reads: Redis): Promise<void> {
    if (reads.status !== 'ready') return;
    const role = await reads.role().catch(() => undefined);
    if (!Array.isArray(role) || role[0] === 'master') return;
    reads.disconnect(true);
    this.#pubsub.disconnect(true);
  }
}
