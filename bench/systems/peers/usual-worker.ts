/** The usual design, worker: a BullMQ job an answer, one XADD and one PUBLISH a token. */
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { Ollama } from 'ollama';

const url = process.env['REDIS_URL'] ?? '';
const redis = new Redis(url);
const ollama = new Ollama({ host: process.env['OLLAMA_HOST'] ?? '' });
const worker = new Worker<{ id: string; text: string }>(
  'answers',
  async ({ data: { id, text } }) => {
    const key = `answer:${id}`;
    let seq = 0;
    const append = (data: string | null): Promise<unknown> => {
      const entry = JSON.stringify({ seq: ++seq, data });
      return Promise.all([redis.xadd(key, '*', 'entry', entry), redis.publish(key, entry)]);
    };
    const parts = await ollama.chat({
      model: 'llama3.2',
      messages: [{ role: 'user', content: text }],
      stream: true,
    });
    for await (const { message } of parts) if (message.content) await append(message.content);
    await append(null);
    await redis.expire(key, 600);
  },
  { connection: new Redis(url, { maxRetriesPerRequest: null }), concurrency: 1000 },
);
worker.on('error', (error) => console.error(error));
await worker.waitUntilReady();
console.log(JSON.stringify({ msg: 'ready' }));
