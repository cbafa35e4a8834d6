import { RedisError } from './redis-error.js';
import type { RedisClient } from './topology.js';

/** What becomes known of the connections of a process, taken together. */
export type ConnectionChange =
  /** The first of them is away. Without an error when the server just closed it. */
  | { readonly kind: 'lost'; readonly error?: RedisError }
  /** All of them are there again. */
  | { readonly kind: 'back'; readonly afterMs: number };

const CALM_MS = 4000;

/** Says once that Redis is away, and once that it is back, however many connections try however often. */
export class ConnectionMonitor {
  readonly #onChange: (change: ConnectionChange) => void;
  readonly #away = new Set<RedisClient>();
  #since = 0;

  constructor(onChange: (change: ConnectionChange) => void) {
    this.#onChange = onChange;
  }

  watch(client: RedisClient): void {
    let error: RedisError | undefined;
    client.on('error', (cause: unknown) => {
      error = new RedisError('connection', cause);
      // A connection that stands may still be well.
      if (client.status !== 'ready') this.#lose(client, error);
    });
    client.on('close', () => {
      this.#lose(client, error);
      error = undefined;
    });
    if (client.isCluster) this.#watchNodes(client);
    else client.on('ready', () => this.#find(client));
  }

  /** A cluster is back when its topology could be read and no node has failed for a while: some are, others are not. */
  #watchNodes(cluster: RedisClient): void {
    let failedAt = Number.NEGATIVE_INFINITY;
    cluster.on('node error', (cause: unknown) => {
      failedAt = performance.now();
      this.#lose(cluster, new RedisError('connection', cause));
    });
    cluster.on('refresh', () => {
      const calm = performance.now() - failedAt > CALM_MS;
      if (calm && cluster.status === 'ready') this.#find(cluster);
    });
  }

  #lose(client: RedisClient, error: RedisError | undefined): void {
    const first = this.#away.size === 0;
    this.#away.add(client);
    if (!first) return;
    this.#since = performance.now();
    this.#onChange({ kind: 'lost', ...(error && { error }) });
  }

  #find(client: RedisClient): void {
    if (!this.#away.delete(client) || this.#away.size > 0) return;
    this.#onChange({ kind: 'back', afterMs: Math.round(performance.now() - this.#since) });
  }
}
