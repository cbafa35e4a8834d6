import type { Context, Middleware } from 'koa';
import type { AppError } from '../../kernel/errors.js';
import type { Logger } from '../../kernel/logger.js';
import { problemOf } from '../../protocol/problem.js';
import { renderErrors } from '../../transports/http/problems.js';

/** The body of an error, as clients of OpenAI read it. */
export interface OpenAiError {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string;
}

export function openAiError(error: Pick<AppError, 'code' | 'status' | 'message' | 'param'>): OpenAiError {
  return { ...problemOf(error).error, param: error.param ?? null };
}

/** Renders errors as `{error: {message, type, param, code}}`. */
export function openAiErrors(logger: Logger): Middleware {
  return renderErrors(logger, (ctx, error) => {
    ctx.body = { error: openAiError(error) };
  });
}

/**
 * Says that a request was accepted: whatever is answered now, it is not to be sent again. Clients of OpenAI send what failed
 * with 408, 409, 429 or 5xx twice more, without a key by which it would be known as the same.
 */
export function setAccepted(ctx: Context): void {
  ctx.set('x-should-retry', 'false');
}
