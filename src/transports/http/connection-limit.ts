import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Requests that one connection may have under way. Browsers and proxies send the next one after the answer. */
const MAX_PIPELINED = 16;

/**
 * Bounds the connections of a server, so that those to databases can always be made. When there is one too many, the one that
 * has been idle for longest gives way: idle connections cannot keep a health check or a person out.
 */
export class ConnectionLimit {
  readonly #max: number;
  /** By connection: how many requests are under way. */
  readonly #open = new Map<Duplex, number>();
  /** Those without a request, the one that has been so for longest first. */
  readonly #idle = new Set<Duplex>();

  /** @param max how many may be open at once */
  constructor(max: number) {
    this.#max = max;
  }

  opened(connection: Duplex): void {
    // One whose upgrade was not wanted is announced again.
    if (this.#open.has(connection)) return;
    this.#open.set(connection, 0);
    connection.once('close', () => {
      this.#open.delete(connection);
      this.#idle.delete(connection);
    });
    if (this.#open.size > this.#max) {
      const [longestIdle = connection] = this.#idle;
      longestIdle.destroy();
    }
    if (!connection.destroyed) this.#idle.add(connection);
  }

  /** Counts a request until it is answered. False when its connection has too many, and was closed. */
  begin(connection: Duplex, response: ServerResponse): boolean {
    // Node still reports requests that arrived with the one that closed the connection.
    if (connection.destroyed) return false;
    const underWay = (this.#open.get(connection) ?? 0) + 1;
    if (underWay > MAX_PIPELINED) {
      connection.destroy();
      return false;
    }
    this.#open.set(connection, underWay);
    this.#idle.delete(connection);
    response.once('close', () => this.#end(connection));
    return true;
  }

  /** A connection that became a socket is never idle. */
  upgraded(connection: Duplex): void {
    this.#idle.delete(connection);
  }

  #end(connection: Duplex): void {
    const underWay = this.#open.get(connection);
    if (underWay === undefined) return;
    this.#open.set(connection, underWay - 1);
    if (underWay === 1 && !connection.destroyed) this.#idle.add(connection);
  }
}
