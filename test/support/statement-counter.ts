import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to Postgres that counts the statements that go over it. */
export interface StatementCounter {
  /** The database's URL, by this way. */
  readonly url: string;
  /** Statements so far: `Bind` and `Query` messages (PostgreSQL, "Message Formats"). */
  readonly statements: number;
  stop(): Promise<void>;
}

export async function countStatements(url: string): Promise<StatementCounter> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let statements = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const count = messageCounter((type) => {
      if (type === 'B' || type === 'Q') statements++;
    });
    client.on('data', count).pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => [client, upstream].map((end) => end.destroy()));
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: Object.assign(new URL(url), { port: String((server.address() as AddressInfo).port) }).href,
    get statements() {
      return statements;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

/** Takes a connection's bytes apart: the first message has no type, every other begins with one and its length. */
function messageCounter(onMessage: (type: string) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let header = 4;
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= header) {
      const end = header - 4 + rest.readUInt32BE(header - 4);
      if (rest.length < end) return;
      if (header === 5) onMessage(String.fromCharCode(rest[0] ?? 0));
      rest = rest.subarray(end);
      header = 5;
    }
  };
}
