import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import Bourne from '@hapi/bourne';
import type { Context, Middleware } from 'koa';
import getRawBody from 'raw-body';
import { AppError } from '../../kernel/errors.js';
import { exceededBound, type JsonBounds, REQUEST_BOUNDS } from '../../schemas/json-bounds.js';
import { requireProgress } from './body-progress.js';

/** In bytes. The longest text fits, even when every character of it is escaped. */
const MAX_BODY_BYTES = 1_048_576;

/** In bytes. Credentials fit. No more is read on an open route, where there is no user whose requests could be limited. */
export const OPEN_BODY_BYTES = 16_384;

const METHODS: readonly string[] = ['POST', 'PUT', 'PATCH'];

export interface JsonBodyOptions {
  readonly maxBytes?: number;
  /** How deep the JSON may be, and how many values it may have. */
  readonly bounds?: JsonBounds;
  /** The methods of requests whose body is read. The default is POST, PUT and PATCH. */
  readonly methods?: readonly string[];
}

const DECOMPRESSORS = { gzip: createGunzip, deflate: createInflate, br: createBrotliDecompress } as const;

/**
 * Parses JSON bodies of at most `maxBytes`, counted after decompression. On a route that needs a token, put it after the
 * check of the token: then the body of a stranger is never read.
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
  // An empty body needs no content type: browsers send a POST without a body with `Content-Length: 0`.
  const type = ctx.request.length === 0 ? null : ctx.request.is('json', '+json');
  if (type === false) throw new AppError('unsupported_media_type', 'the body must be application/json');
  if (type === null) return {};
  const text = await readText(ctx.req, maxBytes);
  if (text === '') return {};
  const bound = exceededBound(text, bounds);
  if (bound === 'depth') throw new AppError('bad_request', `a body has at most ${bounds.depth} levels`);
  if (bound === 'values') throw new AppError('bad_request', `a body has at most ${bounds.values} values`);
  try {
    // Refuses a field named `__proto__`, which JSON.parse accepts.
    return Bourne.parse(text, { protoAction: 'error' });
  } catch {
    throw new AppError('bad_request', 'the body is not valid JSON');
  }
}

async function readText(request: IncomingMessage, maxBytes: number): Promise<string> {
  const { body, giveUp } = decompressed(request);
  const progress = requireProgress(request);
  try {
    // The header of a compressed body has the compressed length, which says nothing about what is read here.
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

/** After `giveUp` nothing here reads the request any more, so that others can read and drop the rest of it. */
function decompressed(request: IncomingMessage): { body: Readable; giveUp: () => void } {
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'identity') return { body: request, giveUp: () => request.pause() };
  if (!(encoding in DECOMPRESSORS)) {
    throw new AppError('unsupported_media_type', 'this encoding is not supported');
  }
  const decompressor = DECOMPRESSORS[encoding as keyof typeof DECOMPRESSORS]();
  // A pipe does not tell its target that the client has disconnected.
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
