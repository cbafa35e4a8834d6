import type { Writable } from 'node:stream';

/** Resolves when a stream has room again, or has closed. Undefined when it has room now. */
export function drained(stream: Writable): Promise<void> | undefined {
  if (!stream.writableNeedDrain || stream.destroyed) return undefined;
  return new Promise((resolve) => {
    const settle = (): void => {
      // Both are removed: a listener that stayed with every wait would leak.
      stream.off('drain', settle).off('close', settle);
      resolve();
    };
    stream.on('drain', settle).on('close', settle);
  });
}
