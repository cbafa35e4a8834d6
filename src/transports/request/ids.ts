import type { Context } from 'koa';
import { found } from '../../conversation/conversations.js';
import { isId } from '../../conversation/ids.js';

/** An id in the path. @throws AppError `not_found` for what is no UUID: nothing has such an id. */
export function idOf(ctx: Context, name: 'id' | 'messageId'): string {
  const id: unknown = ctx['params'][name];
  return found(typeof id === 'string' && isId(id) ? id.toLowerCase() : undefined);
}
