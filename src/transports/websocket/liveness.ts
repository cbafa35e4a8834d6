import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { CLOSE_CODES } from '../../protocol/close-codes.js';
import { closeSocket } from './close.js';

export interface Patience {
  /** How often a client is asked whether it lives: one that is gone without a word is let go within two of these. */
  readonly heartbeatMs: number;
  /** How long a client may read nothing of what waits for it. */
  readonly slowMs: number;
}

export const PATIENCE: Patience = { heartbeatMs: 15_000, slowMs: 60_000 };

/** Lets go of a client that does not answer (RFC 6455, 5.5.2), or does not read (4008), until it has closed. */
export function watchLiveness(socket: WebSocket, tcp: Socket, { heartbeatMs, slowMs }: Patience): void {
  let answered = true;
  const heartbeat = setInterval(() => {
    // A ping would wait behind what is not read, and while nothing is read from the client no answer can be seen.
    if (socket.bufferedAmount > 0 || socket.isPaused) return;
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, heartbeatMs);
  socket.on('pong', () => {
    answered = true;
  });
  // Counted by Node from the last byte that moved, even within one write.
  tcp.setTimeout(slowMs);
  tcp.on('timeout', () => {
    if (socket.bufferedAmount > 0) closeSocket(socket, CLOSE_CODES.tooSlow, 'too_slow');
  });
  socket.once('close', () => clearInterval(heartbeat));
}
