import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import Bourne from '@hapi/bourne';
import type { Context, Middleware } from 'koa';
import getRawBody from 'raw-body';
import { AppError } from '../../kernel/errors.js';
import { exceededBound, type JsonBounds, REQUEST_BOUNDS } from '../../schemas/json-bounds.js';
import { requireProgress } from './body-progress.js';

/** Room for the longest text with every character escaped, in bytes. */
const MAX_BODY_BYTES = 1_048_576;

/** Room for credentials, in bytes: on an open route nobody is known who could be held to a limit. */
export const OPEN_BODY_BYTES = 16_384;

const METHODS: readonly string[] = ['POST', 'PUT', 'PATCH'];

export interface JsonBodyOptions {
  readonly maxBytes?: number;
  /** What the JSON may hold. */
  readonly bounds?: JsonBounds;
  /** Of requests whose body is read; POST, PUT and PATCH when absent. */
  readonly methods?: readonly string[];
}

const DECOMPRESSORS = { gzip: createGunzip, deflate: createInflate, br: createBrotliDecompress } as const;

/**
 * Parses JSON bodies of at most `maxBytes`, counted after decompression. On a route that needs a token it comes after
 * the token's check: a stranger's body is never read.
 * @throws AppError `bad_request`, `payload_too_large`, `unsupported_media_type`
 */
export function jsonBody({
  maxBytes = MAX_BODY_BYTES,
  methods = METHODS,
  bounds = REQUEST_BOUNDS,
}: JsonBodyOptions = {}): Middleware {
  return async (ctx, next) => {
    if (methods.includes(ctx.method)) setBody(ctx, await readJson(ctx, maxBytes, bounds));
    return next();
  };
}

function setBody(ctx: Context, body: unknown): void {
  (ctx.request as { body?: unknown }).body = body;
}

async function readJson(ctx: Context, maxBytes: number, bounds: JsonBounds): Promise<unknown> {
  // An empty body needs no type; browsers send a POST without one as a body of length 0.
  const type = ctx.request.length === 0 ? null : ctx.request.is('json', '+json');
  if (type === false) throw new AppError('unsupported_media_type', 'the body must be application/json');
  if (type === null) return {};
  const text = await readText(ctx.req, maxBytes);
  if (text === '') return {};
  const bound = exceededBound(text, bounds);
  if (bound === 'depth') throw new AppError('bad_request', `a body has at most ${bounds.depth} levels`);
  if (bound === 'values') throw new AppError('bad_request', `a body has at most ${bounds.values} values`);
  try {
    // Refuses `__proto__`, which JSON.parse takes for a field like any other.
    return Bourne.parse(text, { protoAction: 'error' });
  } catch {
    throw new AppError('bad_request', 'the body is not valid JSON');
  }
}

async function readText(request: IncomingMessage, maxBytes: number): Promise<string> {
  const { body, giveUp } = decompressed(request);
  const progress = requireProgress(request);
  try {
    // A length in the header is that of the compressed body.
    const length = body === request ? request.headers['content-length'] : undefined;
    const read = getRawBody(body, { encoding: 'utf8', limit: maxBytes, length: length ?? null });
    return await Promise.race([read, progress.stopped]);
  } catch (error) {
    giveUp();
    throw refusalOf(error, maxBytes);
  } finally {
    progress.end();
  }
}

/** `giveUp` leaves the request to whoever reads the rest of it. */
function decompressed(request: IncomingMessage): { body: Readable; giveUp: () => void } {
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'identity') return { body: request, giveUp: () => request.pause() };
  if (!(encoding in DECOMPRESSORS)) {
    throw new AppError('unsupported_media_type', 'this encoding is not supported');
  }
  const decompressor = DECOMPRESSORS[encoding as keyof typeof DECOMPRESSORS]();
  // A pipe does not pass on that the client has gone.
  const gone = (): void => void decompressor.destroy(new Error('the client has gone'));
  request.once('aborted', gone);
  return {
    body: request.pipe(decompressor),
    giveUp() {
      request.off('aborted', gone);
      request.unpipe(decompressor);
      decompressor.on('error', () => {}).destroy();
    },
  };
}

function refusalOf(error: unknown, maxBytes: number): AppError {
  if (error instanceof AppError) return error;
  const { status } = error as { status?: number };
  if (status === 413) return new AppError('payload_too_large', `a body has at most ${maxBytes} bytes here`);
  return new AppError('bad_request', 'the body cannot be read', { cause: error });
}
