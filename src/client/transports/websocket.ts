import { CLOSE_CODES } from '../../protocol/close-codes.js';
import { type ErrorCode, isRetryable } from '../../protocol/error-codes.js';
import type { WebSocketLike } from '../api.js';
import { refusal } from '../client-error.js';
import {
  type Disconnect,
  disconnectOf,
  failed,
  passText,
  type Transport,
  type TransportPorts,
} from './transport.js';

/** How often the client pings: browsers do not show a page the WebSocket's own pings. */
const PING_MS = 15_000;

/** The raw WebSocket. It is authenticated by a ticket, since addresses end up in logs and a token must not. */
export function webSocket({ url, rest, platform }: TransportPorts): Transport {
  return ({ conversationId, cursor }, events) => {
    let socket: WebSocketLike | undefined;
    const aborted = new AbortController();
    let isOver = false;
    let cancelPing = (): void => {};

    async function open(): Promise<void> {
      const { signal } = aborted;
      const { response, token } = await rest.open('POST', '/api/stream-tickets', { signal });
      const { ticket } = (await response.json()) as { ticket: string };
      const WebSocket = await platform.webSocket();
      if (isOver) return;
      const address = `${url.replace(/^http/, 'ws')}/ws/conversations/${encodeURIComponent(conversationId)}`;
      socket = new WebSocket(`${address}?ticket=${ticket}&cursor=${cursor}`);
      socket.addEventListener('open', () => {
        if (isOver) return;
        events.opened();
        pingRegularly();
      });
      socket.addEventListener('message', ({ data }) => {
        if (!isOver && typeof data === 'string') passText(events, data, token);
      });
      // A close follows. Without a listener Node would end the process.
      socket.addEventListener('error', () => {});
      socket.addEventListener('close', ({ code, reason }) => {
        if (!isOver) end(disconnectFor(code, reason, token));
      });
    }

    function pingRegularly(): void {
      cancelPing();
      if (isOver) return;
      ping();
      cancelPing = platform.setTimer(PING_MS, pingRegularly);
    }

    function ping(): boolean {
      if (isOver || socket?.readyState !== OPEN) return false;
      socket.send('{"type":"ping"}');
      return true;
    }

    function end(reason: Disconnect): void {
      close();
      events.ended(reason);
    }

    function close(): void {
      isOver = true;
      cancelPing();
      aborted.abort();
      socket?.close();
    }

    function cut(): void {
      // Only the `ws` package has it; a browser's WebSocket can only be closed.
      const { terminate } = (socket ?? {}) as { terminate?: () => void };
      if (terminate && socket) terminate.call(socket);
      close();
    }

    open().catch((error: unknown) => end(disconnectOf(error)));
    return { close, cut, ping };
  };
}

/** RFC 6455's `readyState` of a connection that may be written to. */
const OPEN = 1;

/** What a close code means (docs/protocol.md, "WebSocket"). The reason is the error's code. */
function disconnectFor(closeCode: number, reason: string, token: string): Disconnect {
  const found = REFUSALS[closeCode];
  if (!found) return failed(`the connection closed (${closeCode})`);
  const [codes, message] = found;
  const code = codes.find((possible) => possible === reason) ?? codes[0];
  return { kind: 'refused', error: refusal(code, message, isRetryable(code)), token };
}

/** The codes that a close code stands for, the first when the reason names none of them. */
const REFUSALS: Readonly<Record<number, readonly [readonly [ErrorCode, ...ErrorCode[]], message: string]>> = {
  [CLOSE_CODES.unauthenticated]: [['unauthorized', 'token_expired'], 'not authenticated'],
  [CLOSE_CODES.notFound]: [['not_found', 'forbidden'], 'no such conversation'],
  [CLOSE_CODES.tooMany]: [['rate_limited'], 'too many frames'],
  [CLOSE_CODES.restarting]: [['draining'], 'the server is restarting'],
};
