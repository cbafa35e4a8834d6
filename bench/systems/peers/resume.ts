/**
 * Two usual ways to resume, over SSE, of an answer that is still being written: `/xrange` reads a Redis stream of one entry
 * a token, `/resumable` uses the npm package `resumable-stream`. The answer is TOKENS; then it stands still.
 */
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import Koa from 'koa';
import { createResumableStreamContext } from 'resumable-stream/ioredis';
import { TOKENS } from '../../load/answer.js';
import { openEventStream, writeChunk } from './sse.js';

const url = process.env['REDIS_URL'] ?? '';
const redis = new Redis(url);
const context = createResumableStreamContext({
  waitUntil: null,
  publisher: new Redis(url),
  subscriber: new Redis(url),
});

for (const token of TOKENS) await redis.xadd('answer', '*', 'data', token);
const source = await context.createNewResumableStream(
  'answer',
  () =>
    new ReadableStream<string>({
      start: (controller) => {
        for (const token of TOKENS) controller.enqueue(token);
      },
    }),
);
void source?.pipeTo(new WritableStream()).catch(() => {});

const app = new Koa();
app.use(async (ctx) => {
  ctx.respond = false;
  openEventStream(ctx.res);
  const skip = Number(ctx.query['skip'] ?? 0);
  if (ctx.path === '/xrange') {
    const entries = await redis.xrange('answer', '-', '+');
    let position = 0;
    for (const [, [, token = '']] of entries) {
      if (position >= skip) writeChunk(ctx.res, token);
      position += token.length;
    }
    return;
  }
  const stream = await context.resumeExistingStream('answer', skip);
  if (!stream) return void ctx.res.end();
  const reader = stream.getReader();
  ctx.res.once('close', () => void reader.cancel().catch(() => {}));
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return void ctx.res.end();
    writeChunk(ctx.res, value);
  }
});
const server = app.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ msg: 'ready', port: (server.address() as AddressInfo).port }));
});
