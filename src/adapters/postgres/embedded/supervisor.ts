import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Logger } from '../../../kernel/logger.js';
import type { Server } from './server.js';

/** A server, and the connection that holds its owner's lock. */
export interface Owned {
  readonly server: Server;
  readonly owner: Client;
}

const RETRY_MS = 500;

/**
 * Starts the server again, on the same port, whenever it dies: nobody else would, and everything waits for it.
 * Returns what ends the supervisor and gives the server that is there then, if any.
 */
export function supervise(
  first: Owned,
  again: (port: number) => Promise<Owned>,
  log: Logger | undefined,
): () => Promise<Owned | undefined> {
  const stopping = new AbortController();
  const { port } = first.server;
  let kept: Promise<Owned | undefined> = Promise.resolve(first);

  function watch({ owner, server }: Owned): void {
    // Without a listener, the end of this connection would be the end of the process.
    owner.on('error', () => undefined);
    owner.once('end', () => {
      if (stopping.signal.aborted) return;
      log?.error('embedded postgres gone', { pid: server.pid });
      kept = revive();
    });
  }

  async function revive(): Promise<Owned | undefined> {
    while (!stopping.signal.aborted) {
      try {
        const owned = await again(port);
        log?.info('embedded postgres back', { port, pid: owned.server.pid });
        watch(owned);
        return owned;
      } catch {
        // As long as a process of the dead server is still there, a new one refuses to start.
        await sleep(RETRY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
    return undefined;
  }

  watch(first);
  return () => {
    stopping.abort();
    return kept;
  };
}
