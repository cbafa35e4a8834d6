import type { Socket } from 'node:net';

/** A client that reads nothing for this long while something waits for it, in ms, is cut off. */
export const SLOW_MS = 60_000;

/** How often a connection is looked at within the time. */
const LOOKS = 4;

/** What is used of Node's handle: how much of the running write the kernel has not taken yet, in bytes. */
interface Handle {
  readonly writeQueueSize?: number;
}

/**
 * Calls `onSlow` when bytes wait to be sent and none has left for `ms`. Returns a function that ends the watch; it also ends
 * when the connection closes.
 *
 * Not `socket.setTimeout`: every byte that the client sends would put it off.
 */
export function onSlowReader(socket: Socket, ms: number, onSlow: () => void): () => void {
  let before = '';
  let looks = 0;
  const timer = setInterval(() => {
    const now = socket.writableLength > 0 ? progressOf(socket) : '';
    looks = now !== '' && now === before ? looks + 1 : 0;
    before = now;
    if (looks < LOOKS) return;
    looks = 0;
    onSlow();
  }, ms / LOOKS);
  const stop = (): void => {
    clearInterval(timer);
    socket.off('close', stop);
  };
  socket.once('close', stop);
  return stop;
}

/** Changes with every byte that leaves: the bytes of finished writes, and what is left of the running one. */
function progressOf(socket: Socket): string {
  const { _handle: handle } = socket as unknown as { _handle: Handle | null };
  return `${socket.bytesWritten - socket.writableLength} ${handle?.writeQueueSize ?? 0}`;
}
