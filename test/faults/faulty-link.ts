import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** State of a link: as it should be, without any connection, with connections that are silent, or slow. */
export type Condition = 'open' | 'cut' | 'silent' | 'slow';

/** What each piece takes on a slow link, in ms. */
const SLOW_MS = 60;

/** The connection between one process and one server, which fails on demand. */
export class FaultyLink {
  readonly #server: Server;
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #condition: Condition = 'open';

  private constructor(target: URL, server: Server) {
    this.#target = target;
    this.#server = server;
    server.on('connection', (client: Socket) => this.#join(client));
  }

  /** @param url of the server behind it */
  static async to(url: string): Promise<FaultyLink> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultyLink(new URL(url), server);
  }

  /** The server's address through this link. */
  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return Object.assign(new URL(this.#target.href), { port: String(address.port) }).href;
  }

  become(condition: Condition): void {
    this.#condition = condition;
    for (const socket of this.#sockets) {
      if (condition === 'cut') socket.destroy();
      else if (condition === 'silent') socket.pause();
      else socket.resume();
    }
  }

  async stop(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #join(client: Socket): void {
    if (this.#condition === 'cut') return void client.destroy();
    const upstream = connect(Number(this.#target.port), this.#target.hostname);
    this.#relay(client, upstream);
    this.#relay(upstream, client);
  }

  #relay(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (bytes) => {
      if (this.#condition !== 'slow') return void to.write(bytes);
      // What follows waits behind it, so that the order stays.
      from.pause();
      setTimeout(() => {
        to.write(bytes);
        if (this.#condition !== 'silent') from.resume();
      }, SLOW_MS);
    });
    const end = (): void => void to.destroy();
    from
      .on('error', end)
      .on('close', end)
      .on('close', () => this.#sockets.delete(from));
    if (this.#condition === 'silent') from.pause();
  }
}
