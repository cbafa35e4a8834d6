/** The usual design, gateway: enqueues a job, subscribes with a connection a client, replays the stream, then live. */
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { bodyParser } from '@koa/bodyparser';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import Koa from 'koa';
import { openEventStream, writeChunk } from './sse.js';

const url = process.env['REDIS_URL'] ?? '';
const redis = new Redis(url);
const queue = new Queue('answers', { connection: new Redis(url, { maxRetriesPerRequest: null }) });
const app = new Koa();
app.use(bodyParser());
app.use(async (ctx) => {
  const { text } = ctx.request.body as { text: string };
  const id = randomUUID();
  ctx.respond = false;
  openEventStream(ctx.res);
  const subscriber = new Redis(url);
  let last = 0;
  const write = (entry: string): void => {
    const { seq, data } = JSON.parse(entry) as { seq: number; data: string | null };
    if (seq <= last) return;
    last = seq;
    if (data !== null) return writeChunk(ctx.res, data);
    ctx.res.end();
    subscriber.disconnect();
  };
  subscriber.on('message', (_channel, entry) => write(entry));
  await subscriber.subscribe(`answer:${id}`);
  await queue.add('generate', { id, text }, { removeOnComplete: true });
  for (const [, fields] of await redis.xrange(`answer:${id}`, '-', '+')) write(fields[1] ?? '');
});
const server = app.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ msg: 'ready', port: (server.address() as AddressInfo).port }));
});
