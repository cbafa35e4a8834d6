import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** The connections under a path that were upgraded and are open. */
export interface Upgrades {
  /** Resolves when all are closed; those that are not within the time, in ms, are cut off. */
  closed(withinMs: number): Promise<void>;
}

/** Node forgets a connection that was upgraded: neither `closeAllConnections` nor anything else ends it. */
export function trackUpgrades(server: Server, path: string): Upgrades {
  const open = new Set<Duplex>();
  let onEmpty = (): void => {};
  server.on('upgrade', ({ url }: IncomingMessage, stream: Duplex) => {
    if (!url?.startsWith(path)) return;
    open.add(stream);
    stream.once('close', () => {
      open.delete(stream);
      if (open.size === 0) onEmpty();
    });
  });
  return {
    async closed(withinMs) {
      if (open.size === 0) return;
      const late = setTimeout(() => {
        for (const stream of open) stream.destroy();
      }, withinMs);
      await new Promise<void>((resolve) => {
        onEmpty = resolve;
      });
      clearTimeout(late);
    },
  };
}
