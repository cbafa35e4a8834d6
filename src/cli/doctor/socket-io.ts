import type { Gateway } from './gateway.js';
import { type MessageSocket, type OpenResult, openWebSocket } from './web-socket.js';

/** The prefixes of the Engine.IO 4 and Socket.IO 5 packets that the doctor uses. */
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

export type ConnectResult =
  | { readonly kind: 'connected'; readonly socket: MessageSocket }
  /** The upgrade succeeded, but no connection followed. */
  | { readonly kind: 'silent' }
  | Exclude<OpenResult, { kind: 'open' }>;

/** Socket.IO over WebSocket alone. Its own client would fall back to long-polling and hide the fault. */
export async function connectSocketIo(
  gateway: Gateway,
  token: string,
  headers: Record<string, string> = {},
): Promise<ConnectResult> {
  const opened = await openWebSocket(gateway, `${SOCKET_IO_PATH}&transport=websocket`, headers);
  if (opened.kind !== 'open') return opened;
  const { socket } = opened;
  await socket.next(REPLY_MS);
  socket.ws.send(connectPacket(token));
  const answer = await socket.nextMatching((line) => line !== PACKET.ping, REPLY_MS);
  if (!answer?.startsWith(PACKET.connect)) {
    socket.end();
    return { kind: 'silent' };
  }
  return { kind: 'connected', socket };
}

export function connectPacket(token: string): string {
  return `${PACKET.connect}${JSON.stringify({ token })}`;
}
