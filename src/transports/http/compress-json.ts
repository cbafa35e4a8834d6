import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Middleware } from 'koa';

/** Shorter answers fit into a packet or two as they are, in characters. */
const MIN_LENGTH = 1024;

const compress = promisify(gzip);

/**
 * Compresses JSON answers to `GET`, such as pages of messages, for clients that take gzip. Answers with tokens are answers to
 * `POST` and stay as they are: the length of a compressed secret beside text that an attacker chose gives it away (BREACH).
 */
export const compressJson: Middleware = async (ctx, next) => {
  await next();
  const { body } = ctx;
  if (ctx.method !== 'GET' || ctx.respond === false || !isPlainData(body)) return;
  ctx.vary('Accept-Encoding');
  const json = JSON.stringify(body);
  if (json.length < MIN_LENGTH || !ctx.acceptsEncodings('gzip')) return;
  const { status } = ctx;
  ctx.type = 'json';
  ctx.set('Content-Encoding', 'gzip');
  ctx.body = await compress(json);
  ctx.status = status;
};

/** Neither text, bytes nor a stream: those have been encoded by who made them. */
function isPlainData(body: unknown): boolean {
  return (
    typeof body === 'object' &&
    body !== null &&
    [Object.prototype, Array.prototype].includes(Object.getPrototypeOf(body))
  );
}
