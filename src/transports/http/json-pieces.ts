import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Context } from 'koa';
import { onSlowReader } from '../slow-reader.js';

/**
 * Answers with a JSON document that comes in pieces. The next piece is made when the client has taken the one before, so the
 * document is never in memory; a client that takes nothing for `slowMs` is cut off. What fails before the first piece is
 * an error like any other; afterwards the connection breaks off, so that nobody takes half a document for all of it.
 */
export async function answerInPieces(
  ctx: Context,
  pieces: AsyncGenerator<string, void>,
  slowMs: number,
): Promise<void> {
  const first = await pieces.next();
  async function* all(): AsyncGenerator<string, void> {
    if (first.done) return;
    yield first.value;
    yield* pieces;
  }
  ctx.respond = false;
  const { res, socket } = ctx;
  // Koa sets what was set on `ctx` on the response; only the status is still to be written.
  res.statusCode = 200;
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  const stop = onSlowReader(socket, slowMs, () => socket.destroy());
  try {
    await pipeline(Readable.from(all(), { objectMode: false, highWaterMark: 65_536 }), res);
  } catch (error) {
    // The client has gone, or was cut off.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  } finally {
    stop();
    await pieces.return();
  }
}
