import type { Socket } from 'node:net';

/**
 * Calls `onSlow` when bytes wait to be sent and none has left for `ms`. Node counts from the last byte that moved, even
 * within one write.
 */
export function onSlowReader(socket: Socket, ms: number, onSlow: () => void): void {
  socket.setTimeout(ms);
  socket.on('timeout', () => {
    if (socket.writableLength > 0) onSlow();
  });
}

/** A client that reads nothing for this long while something waits for it, in ms, is cut off. */
export const SLOW_MS = 60_000;
