import type { Context } from 'koa';
import { idFrom } from '../../conversation/ids.js';

/** An id in the path. @throws AppError `not_found` for what is no UUID. */
export function idOf(ctx: Context, name: 'id' | 'messageId'): string {
  return idFrom(ctx['params'][name]);
}
