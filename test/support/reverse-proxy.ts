import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';

/** What a reverse proxy does that it should not. */
export interface ReverseProxyOptions {
  /** Requests go to these in turn. */
  readonly targets: readonly string[];
  /** Says so in a `Server` header. */
  readonly server?: string;
  /** Passes a response on when it is whole. */
  readonly buffers?: boolean;
  /** Compresses what may be, event streams too. */
  readonly compresses?: boolean;
  /** Passes requests to upgrade on without their `Upgrade` header, or refuses them with this status. */
  readonly upgrades?: 'dropped' | number;
  /** Cuts connections over which nothing goes for so long. */
  readonly idleMs?: number;
  /** Refuses larger bodies with 413. */
  readonly maxBodyBytes?: number;
  /** Sends the target's address as `Host`. */
  readonly rewritesHost?: boolean;
  /** How far its clock is ahead. */
  readonly aheadMs?: number;
}

export interface ReverseProxy {
  readonly url: string;
  stop(): Promise<void>;
}

/** A reverse proxy, as badly configured as wanted. */
export async function startReverseProxy(options: ReverseProxyOptions): Promise<ReverseProxy> {
  let turn = 0;
  const next = (): URL => new URL(options.targets[turn++ % options.targets.length] ?? '');
  const sockets = new Set<Socket>();
  const server = createServer((incoming, outgoing) => pass(options, next(), incoming, outgoing));
  server.on('upgrade', (incoming: IncomingMessage, client: Duplex, head: Buffer) =>
    upgrade(options, next(), incoming, client as Socket, head),
  );
  server.on('connection', (socket) => {
    sockets.add(socket.once('close', () => sockets.delete(socket)));
    if (options.idleMs !== undefined) socket.setTimeout(options.idleMs, () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

function pass(
  options: ReverseProxyOptions,
  target: URL,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  if (Number(incoming.headers['content-length']) > (options.maxBodyBytes ?? Number.POSITIVE_INFINITY)) {
    outgoing.writeHead(413, { ...serverHeader(options), Connection: 'close' }).end();
    return;
  }
  const { method, headers } = incoming;
  const sent = request(new URL(incoming.url ?? '', target), {
    method: method ?? 'GET',
    headers,
    agent: false,
  });
  const isGzipWelcome = /\bgzip\b/.test(String(headers['accept-encoding']));
  sent.on(
    'response',
    (response) =>
      void answer(
        { ...options, compresses: isGzipWelcome && options.compresses === true },
        response,
        outgoing,
      ),
  );
  sent.on('error', () => outgoing.destroy());
  outgoing.on('close', () => sent.destroy());
  incoming.pipe(sent);
}

async function answer(
  options: ReverseProxyOptions,
  response: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const headers = { ...response.headers, ...serverHeader(options), ...dateHeader(options, response.headers) };
  // As nginx does, which keeps what was meant for it.
  delete headers['x-accel-buffering'];
  response.on('error', () => outgoing.destroy());
  const status = response.statusCode ?? 502;
  if (options.buffers) {
    const body = await buffer(response).catch(() => undefined);
    if (body) outgoing.writeHead(status, headers).end(body);
  } else if (options.compresses) {
    delete headers['content-length'];
    outgoing.writeHead(status, { ...headers, 'Content-Encoding': 'gzip' }).flushHeaders();
    response.pipe(createGzip({ flush: 2 })).pipe(outgoing);
  } else {
    outgoing.writeHead(status, headers).flushHeaders();
    response.pipe(outgoing);
  }
}

function upgrade(
  options: ReverseProxyOptions,
  target: URL,
  incoming: IncomingMessage,
  client: Socket,
  head: Buffer,
): void {
  client.on('error', () => {});
  if (typeof options.upgrades === 'number') {
    client.end(
      `HTTP/1.1 ${options.upgrades} No\r\n${serverLine(options)}Content-Length: 0\r\nConnection: close\r\n\r\n`,
    );
    return;
  }
  const upstream = connect(Number(target.port), target.hostname);
  const end = (): void => {
    client.destroy();
    upstream.destroy();
  };
  upstream.on('error', end).on('close', end);
  client.on('close', end);
  upstream.write(
    `${incoming.method} ${incoming.url} HTTP/1.1\r\n${headerLines(options, target, incoming)}\r\n`,
  );
  upstream.write(head);
  upstream.pipe(client).pipe(upstream);
}

function headerLines(
  { upgrades, rewritesHost }: ReverseProxyOptions,
  target: URL,
  { rawHeaders }: IncomingMessage,
): string {
  let lines = '';
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    if (upgrades === 'dropped' && /^(upgrade|connection)$/i.test(name)) continue;
    const isOther = rewritesHost && /^host$/i.test(name);
    lines += `${name}: ${isOther ? target.host : value}\r\n`;
  }
  return upgrades === 'dropped' ? `${lines}Connection: close\r\n` : lines;
}

function serverHeader({ server }: ReverseProxyOptions): Record<string, string> {
  return server === undefined ? {} : { server };
}

function serverLine({ server }: ReverseProxyOptions): string {
  return server === undefined ? '' : `Server: ${server}\r\n`;
}

function dateHeader(
  { aheadMs = 0 }: ReverseProxyOptions,
  { date = '' }: IncomingHttpHeaders,
): Record<string, string> {
  return aheadMs === 0 ? {} : { date: new Date(Date.parse(date) + aheadMs).toUTCString() };
}
