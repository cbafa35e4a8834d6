import type { Context } from 'koa';
import type { z } from 'zod';
import { parse } from '../../schemas/validate.js';

/** The request's JSON body, as the body parser left it. @throws AppError `bad_request` */
export function bodyOf<T>(ctx: Context, schema: z.ZodType<T>): T {
  return parse(schema, fieldsOf(ctx));
}

/** The JSON body as it came. */
export function fieldsOf(ctx: Context): unknown {
  return (ctx.request as { body?: unknown }).body;
}
