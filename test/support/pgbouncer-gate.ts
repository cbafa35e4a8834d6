import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** What PgBouncer 1.18 lets a client ask for as it connects; for anything else it refuses the connection. */
const ALLOWED = [
  'user',
  'database',
  'application_name',
  'client_encoding',
  'datestyle',
  'timezone',
  'standard_conforming_strings',
];
const CODE = '08P01';

/** An address before a PostgreSQL server that refuses start-up parameters as PgBouncer does. */
export async function startGate(target: string): Promise<{ url: string; stop(): Promise<void> }> {
  const { port, hostname } = new URL(target);
  const sockets = new Set<{ destroy(): unknown }>();
  const server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => client.destroy());
    client.once('data', (startup) => {
      const refused = namesIn(startup).find((name) => !ALLOWED.includes(name.toLowerCase()));
      if (refused !== undefined) {
        const fields = `SFATAL\0C${CODE}\0Munsupported startup parameter: ${refused}\0\0`;
        const head = Buffer.alloc(5);
        head.write('E');
        head.writeInt32BE(fields.length + 4, 1);
        client.end(Buffer.concat([head, Buffer.from(fields)]));
        return;
      }
      const upstream = connect(Number(port), hostname);
      sockets.add(upstream);
      upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
      client.on('close', () => upstream.destroy());
      upstream.write(startup);
      client.pipe(upstream).pipe(client);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: Object.assign(new URL(target), { port: String(address.port) }).href,
    stop: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

/** A start-up message is its length, the protocol's version, then names and values, each ended by a zero byte. */
function namesIn(startup: Buffer): string[] {
  return startup
    .toString('utf8', 8)
    .split('\0')
    .filter((text, index) => index % 2 === 0 && text !== '');
}
