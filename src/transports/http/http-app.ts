import cors from '@koa/cors';
import type { Router } from '@koa/router';
import Koa, { type Middleware } from 'koa';
import type { Audit } from '../../kernel/audit.js';
import type { Clock } from '../../kernel/clock.js';
import type { Logger } from '../../kernel/logger.js';
import type { Metrics } from '../../kernel/metrics.js';
import type { Tracer } from '../../kernel/tracer.js';
import type { ClientAddress } from '../client-address.js';
import { auditRequests } from './audit-requests.js';
import { compressJson } from './compress-json.js';
import { discardUnreadBodies } from './discard-body.js';
import { problems, requestFields } from './problems.js';
import { identifyRequests } from './request-id.js';
import { securityHeaders } from './security-headers.js';
import { traceRequests } from './trace-requests.js';

export interface HttpAppOptions {
  readonly routers: readonly Router[];
  /** Origins of pages that may call; `*` for all. */
  readonly corsOrigins: readonly string[];
  /** May refuse a request before any work is done for it. */
  readonly admit?: Middleware;
  readonly addressOf: ClientAddress;
  /** Whether clients come by https alone: `PUBLIC_URL` says so. */
  readonly https?: boolean;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly metrics?: Metrics | undefined;
  readonly tracer?: Tracer | undefined;
  readonly audit?: Audit | undefined;
}

/** The Koa application: what every request goes through, then the routes. */
export function httpApp(options: HttpAppOptions): Koa {
  const { routers, corsOrigins, admit, addressOf, logger, tracer, audit, https = false } = options;
  const app = new Koa();
  // A client that goes away in mid-response is no error of ours; everything else is rendered and logged by `problems`.
  app.silent = true;
  app.use((ctx, next) => {
    // Koa's own `ctx.ip` believes either every proxy or none.
    ctx.request.ip = addressOf(ctx.req);
    return next();
  });
  app.use(identifyRequests);
  if (tracer) app.use(traceRequests(tracer));
  app.use(measureRequests(options));
  app.use(securityHeaders({ https }));
  if (audit) app.use(auditRequests(audit));
  app.use(discardUnreadBodies);
  app.use(problems(logger));
  app.use(allowOrigins(corsOrigins));
  app.use(neverStore);
  app.use(compressJson);
  if (admit) app.use(admit);
  for (const router of routers) {
    app.use(router.routes());
    app.use(router.allowedMethods());
  }
  return app;
}

/** What the `openai` package adds to requests from a page. */
const OPENAI_HEADERS = [
  'OpenAI-Organization',
  'OpenAI-Project',
  'OpenAI-Beta',
  'X-Stainless-Arch',
  'X-Stainless-Helper-Method',
  'X-Stainless-Lang',
  'X-Stainless-OS',
  'X-Stainless-Package-Version',
  'X-Stainless-Poll-Helper',
  'X-Stainless-Retry-Count',
  'X-Stainless-Runtime',
  'X-Stainless-Runtime-Version',
  'X-Stainless-Timeout',
];

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
      'X-Request-Id',
      'X-Should-Retry',
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
      'X-Request-Id',
      'User-Agent',
      'X-AI-SDK-Version',
      ...OPENAI_HEADERS,
      // What tracing libraries and older frameworks add to every request of a page.
      'X-Requested-With',
      'X-Correlation-Id',
      'traceparent',
      'tracestate',
      'baggage',
      'sentry-trace',
      'b3',
      'x-b3-traceid',
      'x-b3-spanid',
      'x-b3-parentspanid',
      'x-b3-sampled',
      'x-datadog-trace-id',
      'x-datadog-parent-id',
      'x-datadog-origin',
      'x-datadog-sampling-priority',
      'newrelic',
      'x-amzn-trace-id',
      'x-cloud-trace-context',
      'request-id',
      'request-context',
    ],
    maxAge: 600,
  });
}

/** What is said here is about a person's health; a route that serves something else says so itself. */
const neverStore: Middleware = (ctx, next) => {
  ctx.set('Cache-Control', 'no-store');
  return next();
};

function measureRequests({ logger, clock, metrics }: HttpAppOptions): Middleware {
  return async (ctx, next) => {
    const began = clock.now();
    await next();
    const durationMs = clock.now() - began;
    const { status } = ctx;
    const fields = requestFields(ctx);
    logger.debug('request', { ...fields, status, durationMs: Math.round(durationMs) });
    const { route = 'none' } = fields;
    metrics?.countBy('veda_requests_total', { route, method: ctx.method, status });
    metrics?.observe('veda_request_duration_seconds', durationMs / 1000);
  };
}
