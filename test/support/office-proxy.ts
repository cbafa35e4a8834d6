import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** What stands between people and servers in offices and hotels. */
export interface OfficeProxy {
  readonly url: string;
  /** Requests that were passed on, as `GET /path`. */
  readonly requests: readonly string[];
  /** Whether connections may become WebSockets. */
  upgrades: boolean;
  /** Whether responses are held back until they are whole. */
  buffers: boolean;
  /** The next response to this method loses its way, though the server has given it. */
  loseReplyTo: string | undefined;
  /** The server behind it, which may be another later. */
  target: string;
  /** Breaks all that is open. */
  cut(): void;
  stop(): Promise<void>;
}

export async function startOfficeProxy(target: string): Promise<OfficeProxy> {
  const sockets = new Set<Socket>();
  const requests: string[] = [];

  function keep(socket: Socket): Socket {
    sockets.add(socket);
    return socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  }

  function pass(incoming: IncomingMessage, response: ServerResponse): void {
    const { method = 'GET', url = '/', headers } = incoming;
    requests.push(`${method} ${url.split('?')[0]}`);
    const outgoing = request(proxy.target + url, { method, headers, agent: false }, (reply) => {
      reply.on('error', () => response.destroy());
      if (proxy.loseReplyTo === method) {
        proxy.loseReplyTo = undefined;
        reply.on('end', () => response.destroy()).resume();
      } else if (proxy.buffers) {
        const pieces: Buffer[] = [];
        reply.on('data', (piece: Buffer) => pieces.push(piece));
        reply.on('end', () => {
          response.writeHead(reply.statusCode ?? 502, reply.headers).end(Buffer.concat(pieces));
        });
      } else {
        response.writeHead(reply.statusCode ?? 502, reply.headers);
        response.flushHeaders();
        reply.pipe(response);
      }
    });
    outgoing.on('socket', keep).on('error', () => response.destroy());
    response.on('close', () => outgoing.destroy());
    incoming.on('error', () => outgoing.destroy()).pipe(outgoing);
  }

  function upgrade({ method, url, rawHeaders }: IncomingMessage, client: Socket, head: Buffer): void {
    if (!proxy.upgrades)
      return client.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n') && undefined;
    const server = keep(connect(Number(new URL(proxy.target).port), '127.0.0.1'));
    const fields = rawHeaders.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
    server.write(`${method} ${url} HTTP/1.1\r\n${fields}\r\n`);
    server.write(head);
    server.pipe(client).pipe(server);
    server.on('close', () => client.destroy());
    client.on('close', () => server.destroy());
  }

  const server = createServer(pass).on('upgrade', upgrade).on('connection', keep).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: OfficeProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    upgrades: true,
    buffers: false,
    loseReplyTo: undefined,
    target,
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async stop() {
      server.close();
      proxy.cut();
      await once(server, 'close');
    },
  };
  return proxy;
}
