import type { Socket } from 'socket.io-client';
import type { Frame } from '../../protocol/frames.js';
import type { Problem } from '../../protocol/problem.js';
import { problemError } from '../rest.js';
import { broken, type Connect, type Ending, endingOf, type TransportPorts, tell } from './transport.js';

type Answer = { readonly ok: true } | { readonly ok: false; readonly error: Problem };

/**
 * Socket.IO over WebSocket alone. Where WebSockets are blocked its long-polling would work, but so does SSE, which needs no
 * sticky sessions and one request instead of one a batch. Its own reconnection is off: the place to go on from is known
 * elsewhere.
 */
export function socketIo({ url, tokens }: TransportPorts): Connect {
  return ({ conversationId, cursor }, events) => {
    let socket: Socket | undefined;
    let over = false;

    async function open(): Promise<void> {
      const token = await tokens.get();
      const { io } = await import('socket.io-client');
      if (over) return;
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
        // Acknowledged before or after the first frames, and refused in one way only.
        socket?.emit('join', { conversationId, cursor }, (answer: Answer) => {
          if (!over && !answer.ok) refused(answer.error);
        });
      });
      socket.on('connect_error', (error: Error & { data?: Problem }) => {
        if (error.data?.code) refused(error.data);
        else end(broken(error.message));
      });
      socket.on('disconnect', (reason) => end(broken(reason)));
      socket.io.on('ping', () => events.heard());
      socket.onAny((_type: string, frame: Frame) => {
        if (!over) tell(events, frame, token);
      });
    }

    function end(ending: Ending): void {
      if (over) return;
      close();
      events.ended(ending);
    }

    function close(): void {
      over = true;
      socket?.removeAllListeners();
      socket?.offAny();
      socket?.io.removeAllListeners();
      socket?.disconnect();
    }

    function cut(): void {
      // Of ws alone; a browser's WebSocket can only be closed.
      const { ws } = (socket?.io.engine?.transport ?? {}) as { ws?: { terminate?: () => void } };
      ws?.terminate?.();
      close();
    }

    open().catch((error: unknown) => end(endingOf(error)));
    return { close, cut, poke: () => false };
  };
}
