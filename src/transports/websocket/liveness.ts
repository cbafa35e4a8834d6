import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { CLOSE_CODES } from '../../protocol/close-codes.js';
import { onSlowReader, SLOW_MS } from '../slow-reader.js';
import { closeSocket } from './close.js';

export interface LivenessLimits {
  /** Interval of pings, in ms. A client that has gone without a word is dropped within two of them. */
  readonly heartbeatMs: number;
  /** How long a client may read nothing of what waits for it, in ms. */
  readonly slowMs: number;
}

export const LIVENESS: LivenessLimits = { heartbeatMs: 15_000, slowMs: SLOW_MS };

/** Drops a client that does not answer pings (RFC 6455, 5.5.2), and closes one that does not read (4008). */
export function watchLiveness(socket: WebSocket, tcp: Socket, { heartbeatMs, slowMs }: LivenessLimits): void {
  let answered = true;
  const heartbeat = setInterval(() => {
    // A ping would wait behind unread bytes, and while the socket is paused no pong can be seen.
    if (socket.bufferedAmount > 0 || socket.isPaused) return;
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, heartbeatMs);
  socket.on('pong', () => {
    answered = true;
  });
  onSlowReader(tcp, slowMs, () => closeSocket(socket, CLOSE_CODES.tooSlow, 'too_slow'));
  socket.once('close', () => clearInterval(heartbeat));
}
