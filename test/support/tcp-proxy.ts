import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a server on this machine that can break. */
export interface TcpProxy {
  /** Of Redis behind it. */
  readonly url: string;
  /** How often replies were cut. */
  readonly cuts: number;
  /** Breaks, once, the connection over which the next `bytes` bytes have come back. */
  cutReplies(bytes: number): void;
  /** Breaks, once, the connection over which a reply with `text` comes back, before it has come. */
  cutReplyWith(text: string): void;
  stop(): Promise<void>;
}

export async function startTcpProxy(port: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let cuts = 0;
  let left = Number.POSITIVE_INFINITY;
  let unwanted: string | undefined;
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    const both = [client, upstream];
    const end = (): void => {
      for (const socket of both) socket.destroy();
    };
    for (const socket of both) {
      sockets.add(socket);
      socket
        .on('error', end)
        .on('close', end)
        .on('close', () => sockets.delete(socket));
    }
    client.pipe(upstream);
    upstream.on('data', (reply: Buffer) => {
      if (unwanted !== undefined && reply.includes(unwanted)) {
        unwanted = undefined;
        left = 0;
      }
      client.write(reply.subarray(0, left));
      left -= reply.length;
      if (left > 0) return;
      left = Number.POSITIVE_INFINITY;
      cuts++;
      // What was written before must still arrive.
      client.end();
      upstream.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `redis://127.0.0.1:${address.port}`,
    get cuts() {
      return cuts;
    },
    cutReplies: (bytes) => {
      left = bytes;
    },
    cutReplyWith: (text) => {
      unwanted = text;
    },
    stop: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
