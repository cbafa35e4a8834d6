import type { Server as HttpServer } from 'node:http';
import { Server, type Socket } from 'socket.io';
import type { Principal } from '../../account/principal.js';
import type { OpenStream, OpenStreams } from '../../gateway/open-streams.js';
import type { Subscriptions } from '../../gateway/subscription.js';
import type { Clock } from '../../kernel/clock.js';
import { AppError } from '../../kernel/errors.js';
import type { Logger } from '../../kernel/logger.js';
import type { SecurityLog } from '../../kernel/security-log.js';
import { throttledWarning } from '../../kernel/throttled-warning.js';
import { mayConnect } from '../origins.js';
import { SLOW_MS } from '../slow-reader.js';
import type { SocketIdentity } from '../socket-identity.js';
import { ConnectionGuard } from './connection-guard.js';
import { EventQueue } from './event-queue.js';
import { type HandlerPorts, handleEvent } from './handlers.js';
import { type IdentifiedServer, type IdentifiedSocket, identify } from './identify.js';
import { JoinedRooms } from './joined-rooms.js';
import { refusalOf } from './refusal.js';
import { SendBuffer } from './send-buffer.js';
import { trackUpgrades } from './upgrades.js';

export interface SocketIoOptions extends HandlerPorts {
  readonly identity: SocketIdentity;
  readonly subscriptions: Subscriptions;
  readonly clock: Clock;
  readonly streams: OpenStreams;
  readonly corsOrigins: readonly string[];
  readonly security: SecurityLog;
  readonly logger: Logger;
  /** How long a socket may take to drain, in ms. */
  readonly slowMs?: number;
}

const PATH = '/socket.io';
/** What a client may send at once. */
const MAX_BYTES = 1_048_576;
/** A connection over which nothing came back for both together is dead. */
const PING_INTERVAL_MS = 15_000;
const PING_TIMEOUT_MS = 15_000;
/** How long a connection may take to say who it is. */
const CONNECT_MS = 10_000;
/** How long clients may take to close when all are to go. */
const CLOSE_MS = 2000;

/**
 * Serves Socket.IO (docs/protocol.md, "Socket.IO") over WebSocket and long-polling. `stop` ends every remaining
 * connection in a way that lets clients reconnect.
 */
export function serveSocketIo(server: HttpServer, options: SocketIoOptions): { stop(): Promise<void> } {
  const { corsOrigins, streams } = options;
  const io: IdentifiedServer = new Server(server, {
    path: PATH,
    // The raw WebSocket shares the server.
    destroyUpgrade: false,
    serveClient: false,
    // Compression costs hundreds of KB a connection.
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: MAX_BYTES,
    pingInterval: PING_INTERVAL_MS,
    pingTimeout: PING_TIMEOUT_MS,
    connectTimeout: CONNECT_MS,
    cors: { origin: corsOrigins.includes('*') ? '*' : [...corsOrigins] },
    // Refused here, a client tries again by itself; refused by a connect_error it does not.
    allowRequest: ({ headers }, decide) => {
      const allowed = mayConnect(headers, corsOrigins);
      if (!allowed) options.security.note('origin refused', { transport: 'socketio' });
      decide(null, !streams.draining && allowed);
    },
  });
  const guards = new WeakMap<Socket['conn'], ConnectionGuard>();
  const onFailure = throttledWarning(options.logger, 'socket not authenticated');
  io.use((socket, next) => {
    if (guards.get(socket.conn)?.maySignIn() !== false)
      void identify(socket, { ...options, onFailure }, next);
  });
  io.on('connection', (socket) => serve(socket, options));

  io.engine.on('connection', (connection: Socket['conn']) => {
    const { transport } = connection;
    const onFlood = (): void => options.security.note('connection flooded', { transport: 'socketio' });
    guards.set(connection, new ConnectionGuard(connection, options.clock, onFlood));
    // A client that polls no more is waited for, with a timer that keeps the process up.
    if ('closeTimeout' in transport) transport.closeTimeout = CLOSE_MS;
  });

  const upgraded = trackUpgrades(server, PATH);
  return {
    async stop() {
      io.engine.close();
      await upgraded.closed(CLOSE_MS);
    },
  };
}

function serve(socket: IdentifiedSocket, options: SocketIoOptions): void {
  const { principal } = socket.data;
  const { streams, logger, subscriptions, clock } = options;
  // The process may have begun to drain since the handshake.
  if (!principal || streams.draining) return socket.conn.close();
  const stream = openStream(streams, principal, options.identity.addressOf(socket.request));
  // Others of the same user may have taken the last places since the handshake.
  if (!stream) return socket.conn.close();
  const { signal, close } = stream;
  const sendBuffer = new SendBuffer(socket.conn, clock, options.slowMs ?? SLOW_MS);
  const rooms = new JoinedRooms(socket, sendBuffer, subscriptions);
  const caller = { principal, rooms };
  const queue = new EventQueue(
    socket,
    sendBuffer,
    (name, payload, reply) => handleEvent(name, options, caller, payload, reply),
    logger,
  );

  socket.onAny((name: unknown, ...args: unknown[]) => queue.add(name, args));
  socket.once('disconnect', () => {
    rooms.leaveAll();
    close();
    // Otherwise the client could connect over the same connection again and again, and leave listeners there.
    socket.conn.close();
  });
  signal.addEventListener('abort', () => {
    // A client whose connection is closed reconnects by itself. After a `disconnect` it does not.
    if (signal.reason === 'draining') socket.conn.close();
    if (signal.reason === 'token_expired') expire(socket, rooms);
  });
}

/** Undefined when the user has too many: an error thrown to Socket.IO would end the process. */
function openStream(streams: OpenStreams, principal: Principal, address: string): OpenStream | undefined {
  try {
    return streams.open(principal, 'socketio', address);
  } catch {
    return undefined;
  }
}

function expire(socket: Socket, rooms: JoinedRooms): void {
  rooms.leaveAll();
  socket.emit('error', refusalOf(new AppError('token_expired', 'the token has expired')));
  socket.disconnect(true);
}
