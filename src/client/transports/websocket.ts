import type { WebSocketLike } from '../api.js';
import { type ClientError, refusal } from '../client-error.js';
import { broken, type Connect, type Ending, endingOf, type TransportPorts, tellText } from './transport.js';

/** How often the server is asked whether it lives: a browser tells nobody of the pings below. */
const PING_MS = 15_000;

/** The raw WebSocket, let in by a ticket: what is in an address ends up in logs. */
export function webSocket({ url, rest, platform }: TransportPorts): Connect {
  return ({ conversationId, cursor }, events) => {
    let socket: WebSocketLike | undefined;
    const gone = new AbortController();
    let over = false;
    let cancelPing = (): void => {};

    async function open(): Promise<void> {
      const { signal } = gone;
      const { response, token } = await rest.open('POST', '/api/stream-tickets', { signal });
      const { ticket } = (await response.json()) as { ticket: string };
      const WebSocket = await platform.webSocket();
      if (over) return;
      const address = `${url.replace(/^http/, 'ws')}/ws/conversations/${encodeURIComponent(conversationId)}`;
      socket = new WebSocket(`${address}?ticket=${ticket}&cursor=${cursor}`);
      socket.addEventListener('open', () => {
        if (over) return;
        events.opened();
        ping();
      });
      socket.addEventListener('message', ({ data }) => {
        if (!over && typeof data === 'string') tellText(events, data, token);
      });
      // What follows is a close; without a listener, Node would end the process.
      socket.addEventListener('error', () => {});
      socket.addEventListener('close', ({ code, reason }) => {
        if (!over) end(endingFor(code, reason, token));
      });
    }

    function ping(): void {
      cancelPing();
      if (over) return;
      poke();
      cancelPing = platform.setTimer(PING_MS, ping);
    }

    function poke(): boolean {
      if (over || socket?.readyState !== OPEN) return false;
      socket.send('{"type":"ping"}');
      return true;
    }

    function end(ending: Ending): void {
      close();
      events.ended(ending);
    }

    function close(): void {
      over = true;
      cancelPing();
      gone.abort();
      socket?.close();
    }

    function cut(): void {
      const { terminate } = (socket ?? {}) as { terminate?: () => void };
      if (terminate && socket) terminate.call(socket);
      close();
    }

    open().catch((error: unknown) => end(endingOf(error)));
    return { close, cut, poke };
  };
}

/** RFC 6455's `readyState` of a connection that may be written to. */
const OPEN = 1;

/** What a close code says (docs/protocol.md, "WebSocket"). The reason is the error's code. */
function endingFor(code: number, reason: string, token: string): Ending {
  const error = errorFor(code, reason);
  if (!error) return broken(`the connection closed (${code})`);
  return { kind: 'refused', error, token };
}

function errorFor(code: number, reason: string): ClientError | undefined {
  switch (code) {
    case 4001:
      return refusal(reason === 'token_expired' ? reason : 'unauthorized', 'not authenticated', false);
    case 4003:
      return refusal(reason === 'forbidden' ? reason : 'not_found', 'no such conversation', false);
    case 4029:
      return refusal('rate_limited', 'too many frames', true);
    case 1012:
      return refusal('draining', 'the server is restarting', true);
    default:
      return undefined;
  }
}
