import type { Middleware } from 'koa';
import type { Tracer } from '../../kernel/tracer.js';
import { requestFields } from './problems.js';

/** Asked every few seconds, and of no interest. */
const PROBES = '/health/';

/** Each request is a span, a child of the caller's `traceparent`. It ends with the response, and for a stream with the stream. */
export function traceRequests(tracer: Tracer): Middleware {
  return async (ctx, next) => {
    if (ctx.path.startsWith(PROBES)) return next();
    const span = tracer.start(ctx.method, {
      kind: 'server',
      parent: ctx.get('traceparent'),
      attributes: { 'http.request.method': ctx.method },
    });
    ctx.res.once('close', () => {
      const { status } = ctx;
      const { route } = requestFields(ctx);
      if (route) span.rename(`${ctx.method} ${route}`);
      span.set({ 'http.response.status_code': status, ...(route && { 'http.route': route }) });
      const code = ctx.state['errorCode'] as string | undefined;
      span.end(status >= 500 ? (code ?? String(status)) : undefined);
    });
    await span.run(next);
  };
}
