import type { Middleware } from 'koa';
import type { Overload } from '../../gateway/overload.js';

/** A message, or an answer made anew. */
const NEW_WORK = /^\/api\/conversations\/[^/]+\/messages(\/chat|\/[^/]+\/regenerate)?$/;

/** Refuses new work before anything is read or looked up for it, while there is too much to do. @throws AppError as `Overload` */
export function refuseNewWork(overload: Pick<Overload, 'admitNewWork'>): Middleware {
  return (ctx, next) => {
    if (ctx.method === 'POST' && NEW_WORK.test(ctx.path)) overload.admitNewWork();
    return next();
  };
}
