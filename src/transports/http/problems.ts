import type { Context, Middleware } from 'koa';
import { AppError, toAppError } from '../../kernel/errors.js';
import type { LogFields, Logger } from '../../kernel/logger.js';
import { throttledEvent } from '../../kernel/throttled-warning.js';
import { problemOf } from '../../protocol/problem.js';
import { setQuota } from '../request/quota.js';

/** Renders every error, and every response without a body of its own, as `application/problem+json` (RFC 9457). */
export function problems(log: Logger): Middleware {
  const rendered = renderErrors(log, (ctx, error) => {
    ctx.body = JSON.stringify(problemOf(error));
    ctx.type = 'application/problem+json';
  });
  return (ctx, next) =>
    rendered(ctx, async () => {
      await next();
      if (ctx.respond !== false && ctx.body == null && ctx.status >= 400) throw unanswered(ctx);
    });
}

/**
 * Answers with what `body` makes of an error; status and headers are the same in every shape. What is our own fault is logged
 * once, with its cause.
 */
export function renderErrors(log: Logger, body: (ctx: Context, error: AppError) => void): Middleware {
  const warnRefused = throttledEvent(log, 'warn', 'request refused');
  return async (ctx, next) => {
    try {
      await next();
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.status === 503 && error.code === 'internal') {
        warnRefused({ ...requestFields(ctx), error: error.cause ?? error });
      } else if (!(thrown instanceof AppError)) {
        log.error('request failed', { ...requestFields(ctx), error: thrown });
      }
      // The response has begun: that it is not whole can only be shown by a connection that breaks.
      if (ctx.headerSent || ctx.respond === false) return void ctx.res.destroy();
      setErrorHeaders(ctx, error);
      body(ctx, error);
    }
  };
}

/** What a log line says of a request. The route is its pattern: paths hold ids, and addresses hold tickets. */
export function requestFields(ctx: Context): LogFields {
  const route: unknown = ctx['_matchedRoute'];
  return {
    requestId: ctx.state['requestId'],
    method: ctx.method,
    ...(typeof route === 'string' && { route }),
  };
}

function setErrorHeaders(ctx: Context, error: AppError): void {
  ctx.status = error.status;
  ctx.state['errorCode'] = error.code;
  if (error.status === 401) ctx.set('WWW-Authenticate', 'Bearer');
  if (error.status === 429 || error.status === 503) ctx.set('Retry-After', String(error.retryAfter ?? 1));
  if (error.quota) setQuota(ctx, error.quota);
  ctx.set('Cache-Control', 'no-store');
}

function unanswered(ctx: Context): AppError {
  if (ctx.status === 404) return new AppError('not_found', 'there is nothing at this address');
  // 501 is the router's word for a method that no route has at all.
  if (ctx.status === 405 || ctx.status === 501)
    return new AppError('bad_request', 'this method is not allowed here', { status: 405 });
  return new AppError('bad_request', 'this request cannot be answered', { status: ctx.status });
}
