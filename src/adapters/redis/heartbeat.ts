import { Cluster, type Redis } from 'ioredis';
import type { RedisClient } from './topology.js';

const INTERVAL_MS = 5000;

/**
 * Detects what no command would show: a dead pub/sub connection, a server that is no longer the master (what is published
 * there reaches nobody), and a changed cluster topology.
 */
export class Heartbeat {
  readonly #writes: RedisClient;
  readonly #reads: RedisClient;
  readonly #pubsub: Redis;
  readonly #timer: NodeJS.Timeout;

  constructor(writes: RedisClient, reads: RedisClient, pubsub: Redis, everyMs = INTERVAL_MS) {
    this.#writes = writes;
    this.#reads = reads;
    this.#pubsub = pubsub;
    this.#timer = setInterval(() => this.#beat(), everyMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    // Without an answer, ioredis considers the connection dead (`socketTimeout`).
    if (this.#pubsub.status === 'ready') this.#pubsub.ping().catch(() => {});
    // Not with ioredis' own option: its timer outlives a disconnect.
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
