import type { WebSocket } from 'ws';
import type { ErrorCode } from '../../protocol/error-codes.js';

/** Ends a connection from this side. `reason` is for those who read traces. */
export function closeSocket(socket: WebSocket, code: number, reason: ErrorCode | 'too_slow'): void {
  socket.close(code, reason);
  // The other side's own close must be seen.
  socket.resume();
}
