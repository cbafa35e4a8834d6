import type { Gateway } from './gateway.js';
import { type LineSocket, type Opened, openWebSocket } from './web-socket.js';

/** The packets of Engine.IO 4 and Socket.IO 5 that are spoken here, by their prefix. */
export const PACKET = {
  close: '1',
  ping: '2',
  pong: '3',
  connect: '40',
  refused: '44',
  event: '42',
  ack: '43',
} as const;

export const SOCKET_IO_PATH = '/socket.io/?EIO=4';

const REPLY_MS = 5000;

export type Connected =
  | { readonly kind: 'connected'; readonly socket: LineSocket }
  /** The upgrade came about, and then this came instead of a connection. */
  | { readonly kind: 'silent' }
  | Exclude<Opened, { kind: 'open' }>;

/** Socket.IO over a WebSocket from the start, without the client's own tries to get around what is in the way. */
export async function connectSocketIo(
  gateway: Gateway,
  token: string,
  headers: Record<string, string> = {},
): Promise<Connected> {
  const opened = await openWebSocket(gateway, `${SOCKET_IO_PATH}&transport=websocket`, headers);
  if (opened.kind !== 'open') return opened;
  const { socket } = opened;
  await socket.next(REPLY_MS);
  socket.ws.send(connectPacket(token));
  const answer = await socket.nextThat((line) => line !== PACKET.ping, REPLY_MS);
  if (!answer?.startsWith(PACKET.connect)) {
    socket.end();
    return { kind: 'silent' };
  }
  return { kind: 'connected', socket };
}

export function connectPacket(token: string): string {
  return `${PACKET.connect}${JSON.stringify({ token })}`;
}
