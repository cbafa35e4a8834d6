import { bodyParser } from '@koa/bodyparser';
import type { Middleware } from 'koa';
import { AppError } from '../../kernel/errors.js';

/** Room for the longest text with every character escaped, in bytes. */
const MAX_BODY_BYTES = 1_048_576;

/** Parses JSON bodies. @throws AppError `bad_request`, `payload_too_large`, `unsupported_media_type` */
export function jsonBody(): Middleware {
  const parseBody = bodyParser({
    enableTypes: ['json'],
    // Put in place of the first of its own list.
    extendTypes: { json: ['application/json', '+json'] },
    jsonLimit: MAX_BODY_BYTES,
    onError: refuse,
  });
  return (ctx, next) => {
    // An empty body needs no type; browsers send a POST without one as a body of length 0.
    if (ctx.request.length !== 0 && ctx.request.is('json', '+json') === false) {
      throw new AppError('unsupported_media_type', 'the body must be application/json');
    }
    return parseBody(ctx, next);
  };
}

function refuse(error: Error): never {
  const { status } = error as { status?: number };
  if (status === 413) throw new AppError('payload_too_large', `a body has at most ${MAX_BODY_BYTES} bytes`);
  if (status === 415) throw new AppError('unsupported_media_type', 'this encoding is not supported');
  throw new AppError('bad_request', 'the body is not valid JSON');
}
