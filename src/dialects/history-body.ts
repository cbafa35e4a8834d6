import type { Middleware } from 'koa';
import { FairQueue } from '../kernel/fair-queue.js';
import { HISTORY_BOUNDS } from '../schemas/json-bounds.js';
import { jsonBody } from '../transports/http/body-parser.js';
import { principalOf } from '../transports/request/authenticate.js';

/** A history of texts, in bytes. */
const SMALL_BYTES = 1_048_576;
/** Room for a history with some files, which come again with every message, in bytes. */
const LARGE_BYTES = 33_554_432;
/** How many large bodies are read at once in this process: each is in memory, twice for a moment. */
const LARGE_AT_ONCE = 8;

/**
 * Reads the body of a client that sends its whole history. Comes after the token's check.
 * @param maxFileBytes the largest file that one must have room for
 */
export function historyBody(maxFileBytes: number): Middleware {
  const small = jsonBody({ maxBytes: SMALL_BYTES, bounds: HISTORY_BOUNDS });
  // Base64 makes four bytes of three.
  const maxBytes = Math.max(LARGE_BYTES, Math.ceil(maxFileBytes * 1.4) + SMALL_BYTES);
  const large = jsonBody({ maxBytes, bounds: HISTORY_BOUNDS });
  const queue = new FairQueue({
    atOnce: LARGE_AT_ONCE,
    waiting: 100,
    waitingPerSource: 10,
    refusal: 'too many large requests at once',
  });
  const nothing = async (): Promise<void> => {};
  return async (ctx, next) => {
    const { length } = ctx.request;
    const isSmall = length !== undefined && length <= SMALL_BYTES && ctx.get('content-encoding') === '';
    if (isSmall) await small(ctx, nothing);
    else await queue.run(principalOf(ctx).userId, () => large(ctx, nothing));
    try {
      return await next();
    } finally {
      // An answer may be streamed for long, and a body with files is large.
      (ctx.request as { body?: unknown }).body = undefined;
    }
  };
}
