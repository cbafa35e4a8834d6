import cors from '@koa/cors';
import type { Router } from '@koa/router';
import Koa, { type Middleware } from 'koa';
import type { Clock } from '../../kernel/clock.js';
import type { Logger } from '../../kernel/logger.js';
import type { ClientAddress } from '../client-address.js';
import { discardUnreadBodies } from './discard-body.js';
import { problems, routeOf } from './problems.js';

export interface HttpAppOptions {
  readonly routers: readonly Router[];
  /** Origins of pages that may call; `*` for all. */
  readonly corsOrigins: readonly string[];
  /** May refuse a request before any work is done for it. */
  readonly admit?: Middleware;
  readonly addressOf: ClientAddress;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** The Koa application: what every request goes through, then the routes. */
export function httpApp({ routers, corsOrigins, admit, addressOf, logger, clock }: HttpAppOptions): Koa {
  const app = new Koa();
  // A client that goes away in mid-response is no error of ours; everything else is rendered and logged by `problems`.
  app.silent = true;
  app.use((ctx, next) => {
    // Koa's own `ctx.ip` believes either every proxy or none.
    ctx.request.ip = addressOf(ctx.req);
    return next();
  });
  app.use(logRequests(logger, clock));
  app.use(discardUnreadBodies);
  app.use(problems(logger));
  app.use(allowOrigins(corsOrigins));
  app.use(keepOutOfCaches);
  if (admit) app.use(admit);
  for (const router of routers) {
    app.use(router.routes());
    app.use(router.allowedMethods());
  }
  return app;
}

function allowOrigins(allowed: readonly string[]): Middleware {
  return cors({
    origin(ctx) {
      const origin = ctx.get('origin');
      return allowed.includes('*') || allowed.includes(origin) ? origin : '';
    },
    exposeHeaders: [
      'Location',
      'Retry-After',
      'WWW-Authenticate',
      'RateLimit-Limit',
      'RateLimit-Remaining',
      'RateLimit-Reset',
    ],
    allowHeaders: [
      'Authorization',
      'Content-Type',
      'Accept',
      'Idempotency-Key',
      'Last-Event-ID',
      'Prefer',
      'Cache-Control',
    ],
    maxAge: 600,
  });
}

/** What is said here is about a person's health; a route that serves something else says so itself. */
const keepOutOfCaches: Middleware = (ctx, next) => {
  ctx.set('Cache-Control', 'no-store');
  return next();
};

function logRequests(logger: Logger, clock: Clock): Middleware {
  return async (ctx, next) => {
    const began = clock.now();
    await next();
    const durationMs = Math.round(clock.now() - began);
    logger.debug('request', { method: ctx.method, ...routeOf(ctx), status: ctx.status, durationMs });
  };
}
