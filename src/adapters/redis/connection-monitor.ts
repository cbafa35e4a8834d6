import { RedisError } from './redis-error.js';
import type { RedisClient } from './topology.js';

/** A change of the connections of a process, taken together. */
export type ConnectionChange =
  /** The first of them was lost. Without an error if the server closed it. */
  | { readonly kind: 'lost'; readonly error?: RedisError }
  /** All of them are connected again. */
  | { readonly kind: 'back'; readonly afterMs: number };

const CALM_MS = 4000;

/** Reports once that Redis is down and once that it is back, however many connections retry. */
export class ConnectionMonitor {
  readonly #onChange: (change: ConnectionChange) => void;
  readonly #down = new Set<RedisClient>();
  #since = 0;

  constructor(onChange: (change: ConnectionChange) => void) {
    this.#onChange = onChange;
  }

  watch(client: RedisClient): void {
    let error: RedisError | undefined;
    client.on('error', (cause: unknown) => {
      error = new RedisError('connection', cause);
      // An error on a ready connection does not mean that it is lost.
      if (client.status !== 'ready') this.#lose(client, error);
    });
    client.on('close', () => {
      this.#lose(client, error);
      error = undefined;
    });
    if (client.isCluster) this.#watchNodes(client);
    else client.on('ready', () => this.#find(client));
  }

  /** A cluster counts as back when its topology was read and no node has failed for `CALM_MS`: single nodes may come and go. */
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
    const first = this.#down.size === 0;
    this.#down.add(client);
    if (!first) return;
    this.#since = performance.now();
    this.#onChange({ kind: 'lost', ...(error && { error }) });
  }

  #find(client: RedisClient): void {
    if (!this.#down.delete(client) || this.#down.size > 0) return;
    this.#onChange({ kind: 'back', afterMs: Math.round(performance.now() - this.#since) });
  }
}
