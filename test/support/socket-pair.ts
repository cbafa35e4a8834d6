import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type ClientOptions, WebSocket, WebSocketServer } from 'ws';

/** Both ends of one WebSocket, and the connection under the server's. */
export interface SocketPair {
  readonly socket: WebSocket;
  readonly tcp: Socket;
  readonly client: WebSocket;
  readonly close: () => Promise<void>;
}

export async function openSocketPair(options: ClientOptions = {}): Promise<SocketPair> {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    autoPong: false,
    perMessageDeflate: false,
  });
  const connected = once(server, 'connection') as Promise<[WebSocket, IncomingMessage]>;
  await once(server, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, options);
  client.on('error', () => {});
  const [[socket, request]] = await Promise.all([connected, once(client, 'open')]);
  return {
    socket,
    tcp: request.socket,
    client,
    close: async () => {
      client.terminate();
      server.close();
      await once(server, 'close');
    },
  };
}
