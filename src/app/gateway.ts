import type { SignIn } from '../account/sign-in.js';
import { modelsOf } from '../generation/models.js';
import { httpApp } from '../transports/http/http-app.js';
import { refuseNewWork } from '../transports/http/refuse-new-work.js';
import { authenticateOnly } from '../transports/request/authenticate.js';
import { serveSocketIo } from '../transports/socketio/serve-socketio.js';
import { serveWebSockets } from '../transports/websocket/serve-websockets.js';
import { dialects } from './dialects.js';
import type { GatewayOptions } from './gateway-options.js';
import { close, createListener, listen } from './listener.js';
import { apiRouters } from './routers.js';
import { openServices } from './services.js';

export interface Gateway {
  readonly port: number;
  /** Absent where tokens come from elsewhere. */
  readonly signIn?: SignIn;
}

const SOCKET_IO_PATH = '/socket.io/';

/** Serves clients: REST, SSE, WebSockets and Socket.IO. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, infrastructure, provider, logger, telemetry, lifecycle } = options;
  const { clock } = infrastructure;
  const services = await openServices(options);
  const {
    addressOf,
    audit,
    authenticator,
    ofSockets,
    overload,
    security,
    signIn,
    start,
    streams,
    subscriptions,
    userStreams,
    verifier,
  } = services;
  const otherProtocols = dialects(infrastructure, {
    ...services,
    logger,
    models: { names: modelsOf(provider) },
    model: provider.model,
    identify: authenticateOnly({ verifier, authenticator }),
    admit: (_ctx, next) => {
      overload.admitNewWork();
      return next();
    },
    socketCommands: ofSockets.commands,
  });

  const app = httpApp({
    corsOrigins: config.corsOrigins,
    admit: refuseNewWork(overload),
    addressOf,
    https: config.publicUrl?.startsWith('https:') ?? false,
    logger,
    clock,
    ...telemetry,
    audit,
    routers: [...(await apiRouters(options, services)), ...otherProtocols.routers],
  });
  const answer = app.callback();
  // Koa renders what fails in a handler itself: this promise does not reject.
  const server = createListener((request, response) => void answer(request, response));
  // Behind a proxy that sets another `Host`, this is how the page's own origin is known.
  const ownOrigin = config.publicUrl === undefined ? [] : [new URL(config.publicUrl).origin];
  const corsOrigins = [...config.corsOrigins, ...ownOrigin];
  const sockets = {
    ...ofSockets,
    userStreams,
    subscriptions,
    start,
    streams,
    corsOrigins,
    security,
    clock,
    logger,
  };
  const webSockets = serveWebSockets(server, {
    ...sockets,
    dialects: otherProtocols.sockets,
    leave: SOCKET_IO_PATH,
  });
  const socketIo = serveSocketIo(server, sockets);
  const port = await listen(server, config, logger);
  lifecycle.onStop(async () => {
    // Still listening, so that health can say why no stream begins.
    await streams.endAll((config.drainSeconds * 1000) / 2);
    await Promise.all([close(server), webSockets.stop(), socketIo.stop()]);
  });
  return { port, ...(signIn && { signIn }) };
}
