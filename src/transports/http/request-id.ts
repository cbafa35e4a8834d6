import type { Middleware } from 'koa';
import { uuidv7 } from 'uuidv7';

/** As proxies and tracers make them. Anything else could be a text, an address or a token. */
const ACCEPTED = /^[\w.:-]{8,64}$/;

/** Gives every request an id, for its log lines and its response: the client's own `X-Request-Id`, or a new one. */
export const identifyRequests: Middleware = (ctx, next) => {
  const given = ctx.get('x-request-id');
  const requestId = ACCEPTED.test(given) ? given : uuidv7();
  ctx.state['requestId'] = requestId;
  ctx.set('X-Request-Id', requestId);
  return next();
};
