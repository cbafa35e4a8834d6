import type { Socket } from 'socket.io-client';
import type { Frame } from '../../protocol/frames.js';
import type { Problem } from '../../protocol/problem.js';
import { problemError } from '../rest.js';
import {
  type Disconnect,
  disconnectOf,
  failed,
  passFrame,
  type Transport,
  type TransportPorts,
} from './transport.js';

type Acknowledgement = { readonly ok: true } | { readonly ok: false; readonly error: Problem };

/**
 * Socket.IO over WebSocket alone. Its long-polling would work where WebSockets are blocked, but so does SSE, which needs no
 * sticky sessions and one request instead of one for each batch of frames. Socket.IO's own reconnection is off, since a
 * reconnection begins at the cursor, which it does not know.
 */
export function socketIo({ url, tokens }: TransportPorts): Transport {
  return ({ conversationId, cursor }, events) => {
    let socket: Socket | undefined;
    let isOver = false;

    async function open(): Promise<void> {
      const token = await tokens.get();
      const { io } = await import('socket.io-client');
      if (isOver) return;
      const { origin, pathname } = new URL(url);
      const path = `${pathname.replace(/\/$/, '')}/socket.io`;
      socket = io(origin, {
        path,
        auth: { token },
        transports: ['websocket'],
        forceNew: true,
        reconnection: false,
      });
      const refused = ({ code, detail, status }: Problem): void =>
        end({ kind: 'refused', error: problemError(code, detail, { status }), token });

      socket.on('connect', () => {
        events.opened();
        // A success needs no handling: frames follow it, or have come before it.
        socket?.emit('join', { conversationId, cursor }, (answer: Acknowledgement) => {
          if (!isOver && !answer.ok) refused(answer.error);
        });
      });
      socket.on('connect_error', (error: Error & { data?: Problem }) => {
        if (error.data?.code) refused(error.data);
        else end(failed(error.message));
      });
      socket.on('disconnect', (reason) => end(failed(reason)));
      socket.io.on('ping', () => events.alive());
      socket.onAny((_type: string, frame: Frame) => {
        if (!isOver) passFrame(events, frame, token);
      });
    }

    function end(reason: Disconnect): void {
      if (isOver) return;
      close();
      events.ended(reason);
    }

    function close(): void {
      isOver = true;
      socket?.removeAllListeners();
      socket?.offAny();
      socket?.io.removeAllListeners();
      socket?.disconnect();
    }

    function cut(): void {
      // Only the `ws` package has it; a browser's WebSocket can only be closed.
      const { ws } = (socket?.io.engine?.transport ?? {}) as { ws?: { terminate?: () => void } };
      ws?.terminate?.();
      close();
    }

    open().catch((error: unknown) => end(disconnectOf(error)));
    return { close, cut, ping: () => false };
  };
}
