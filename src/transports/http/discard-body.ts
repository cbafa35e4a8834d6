import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Middleware } from 'koa';

/** How much of a body that nobody wants is read, in bytes as they come over the wire, and for how long, in ms. */
const DISCARD_BYTES = 4_194_304;
const DISCARD_MS = 5000;

/**
 * Reads the rest of a body that was not wanted, and throws it away. Otherwise the next request on the connection is never
 * read: a proxy that keeps its connections gives this one to another person, who then waits for the proxy's time-out. A body
 * that does not end within the bounds ends its connection, after the response has left.
 */
export const discardUnreadBodies: Middleware = async (ctx, next) => {
  await next();
  if (!ctx.req.complete) discardBody(ctx.req, ctx.res);
};

/** Reads and throws away what of a body is still to come, within the bounds above. */
export function discardBody(request: IncomingMessage, response: ServerResponse): void {
  let bytes = 0;
  const cut = (): void => {
    clearTimeout(timer);
    request.pause();
    if (response.writableFinished) request.socket.destroy();
    else response.once('finish', () => request.socket.destroy());
  };
  const timer = setTimeout(cut, DISCARD_MS);
  request.once('close', () => clearTimeout(timer));
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > DISCARD_BYTES) cut();
  });
  // A reader that gave up has paused it.
  request.resume();
}
