import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '../config.js';
import type { Logger } from '../kernel/logger.js';
import { StartError } from '../start-error.js';
import { ConnectionLimit } from '../transports/http/connection-limit.js';
import { guardServer } from '../transports/http/guard-server.js';
import { ownHostsOf } from '../transports/http/own-hosts.js';
import { UnreadResponses } from '../transports/http/unread-responses.js';

/** Longer than a load balancer keeps a connection that nobody uses, in ms, or it would send a request into a closed one. */
const KEEP_ALIVE_MS = 65_000;

/** How long a client may take to send a request's headers, and all of it, in ms. How fast a body must come is in `body-progress`. */
const HEADERS_MS = 15_000;
const REQUEST_MS = 300_000;

/** How often these are looked at, in ms. */
const LOOK_MS = 5000;

/** Room for a long token beside a browser's own headers, in bytes. */
const MAX_HEADER_BYTES = 16_384;

/** How long requests that are being answered may take to end, in ms. */
const CLOSE_MS = 2000;

/** File descriptors for everything but clients: databases, Redis, the model, files. */
const RESERVED_DESCRIPTORS = 200;

/** The HTTP server of a gateway, not listening yet. */
export function createListener(answer: RequestListener): Server {
  const limits = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: LOOK_MS,
  };
  return createServer(limits, answer);
}

/** Guards a server to which all transports are attached, and listens. Resolves with the port. @throws StartError */
export async function listen(server: Server, config: Config, logger: Logger): Promise<number> {
  const { port, host, publicUrl } = config;
  const max = maxConnections(await descriptorLimit());
  guardServer(server, {
    hosts: ownHostsOf(host, publicUrl),
    connections: new ConnectionLimit(max),
    responses: new UnreadResponses(),
  });
  logger.info('connection limit', { count: max });
  return listenOn(server, port, host);
}

/** Resolves with the port. @throws StartError */
export async function listenOn(server: Server, port: number, host: string): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(`cannot listen on ${host}:${port}: ${code}`, { cause: error });
  }
  return (server.address() as AddressInfo).port;
}

/** Stops listening; requests under way have a moment to end. */
export async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
  await closed;
  clearTimeout(late);
}

/** How many connections of clients leave enough descriptors for everything else. */
function maxConnections(descriptors: number): number {
  return Math.max(Math.floor(descriptors / 2), descriptors - RESERVED_DESCRIPTORS);
}

/** A million stands for no limit. */
const UNLIMITED = 1_000_000;

/** How many files and connections this process may have open (the soft limit of `ulimit -n`). */
async function descriptorLimit(): Promise<number> {
  // Elsewhere than on Linux nobody says: Node has raised its limit as far as it may.
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? UNLIMITED : Number(soft);
}
