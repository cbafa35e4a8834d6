import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { type ConnectionOptions, serveConnection } from './connection.js';
import { handshakeOf } from './handshake.js';
import { serveWithoutUpgrade, wantsOtherProtocol } from './unwanted-upgrade.js';

export interface WebSocketsOptions extends ConnectionOptions {
  /** Upgrades under this path are somebody else's. */
  readonly leave: string;
}

/** A larger frame ends its connection with 1009. */
const MAX_FRAME_BYTES = 1_048_576;

/** How long clients may take to close when all are to go, in ms. */
const CLOSE_MS = 2000;

/**
 * Serves `/ws/conversations/{id}`, `/ws` (docs/protocol.md, "WebSocket" and "One stream for all conversations") and the
 * addresses of dialects. What stops it ends every connection left.
 */
export function serveWebSockets(server: Server, options: WebSocketsOptions): { stop(): Promise<void> } {
  const sockets = new WebSocketServer({
    noServer: true,
    // Compression costs hundreds of KB a connection.
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
    // A flood of pings would pile up pongs: they are answered in turn instead.
    autoPong: false,
  });

  function upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    if (request.url?.startsWith(options.leave)) return;
    if (wantsOtherProtocol(request)) return serveWithoutUpgrade(server, request, stream, head);
    const handshake = handshakeOf(request, options.dialects);
    if (!handshake) return refuse(stream);
    sockets.handleUpgrade(request, stream, head, (socket) => {
      serveConnection(socket, stream as Socket, handshake, options);
    });
  }

  server.on('upgrade', upgrade);
  return {
    async stop() {
      // Upgrades still come, over connections that an event stream has just left: ws refuses them once it is closing.
      const closed = new Promise<unknown>((resolve) => sockets.close(resolve));
      const late = setTimeout(() => {
        for (const socket of sockets.clients) socket.terminate();
      }, CLOSE_MS);
      await closed;
      clearTimeout(late);
    },
  };
}

function refuse(stream: Duplex): void {
  stream.on('error', () => {});
  stream.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', () =>
    stream.destroy(),
  );
}
