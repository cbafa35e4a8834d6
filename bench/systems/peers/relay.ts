/** Relay: passes the model's stream on and keeps nothing. */
import type { AddressInfo } from 'node:net';
import { bodyParser } from '@koa/bodyparser';
import Koa from 'koa';
import { Ollama } from 'ollama';
import { openEventStream, writeChunk } from './sse.js';

const ollama = new Ollama({ host: process.env['OLLAMA_HOST'] ?? '' });
const app = new Koa();
app.use(bodyParser());
app.use(async (ctx) => {
  const { text } = ctx.request.body as { text: string };
  ctx.respond = false;
  openEventStream(ctx.res);
  const parts = await ollama.chat({
    model: 'llama3.2',
    messages: [{ role: 'user', content: text }],
    stream: true,
  });
  for await (const { message } of parts) if (message.content) writeChunk(ctx.res, message.content);
  ctx.res.end();
});
const server = app.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ msg: 'ready', port: (server.address() as AddressInfo).port }));
});
