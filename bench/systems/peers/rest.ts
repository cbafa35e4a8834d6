/**
 * What a send and a list of messages cost at least: Koa, koa-jwt and the statements and the job of the gateway, with no
 * validation, limits, audit or metrics around them. It uses the database and the queue of a gateway that runs beside it.
 */
import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { bodyParser } from '@koa/bodyparser';
import { Router } from '@koa/router';
import Koa from 'koa';
import koaJwt from 'koa-jwt';
import { uuidv7 } from 'uuidv7';
import { jobsOnRedis } from '../../../src/adapters/bullmq/jobs.js';
import { createLogger } from '../../../src/adapters/pino-logger.js';
import { PostgresConversationStore } from '../../../src/adapters/postgres/conversation-store.js';
import { connectDatabase } from '../../../src/adapters/postgres/database.js';

const env = (name: string): string => process.env[name] ?? '';
const database = connectDatabase(env('DATABASE_URL'), { poolMax: 20 });
const store = new PostgresConversationStore(database, uuidv7, 600, 'llama3.2');
const { queue } = await jobsOnRedis(env('REDIS_URL'), createLogger('error'));

const router = new Router();
router.get('/api/conversations/:id/messages', async (ctx) => {
  const page = await store.history(ctx.state['user'].sub, String(ctx['params']['id']), 20);
  ctx.body = { items: page?.messages.map(({ message }) => message) };
});
router.post('/api/conversations/:id/messages', async (ctx) => {
  const { text } = ctx.request.body as { text: string };
  const accepted = await store.accept({
    userId: ctx.state['user'].sub,
    conversationId: String(ctx['params']['id']),
    clientMessageId: uuidv7(),
    requestHash: createHash('sha256').update(text).digest(),
    operation: { kind: 'send', text, whenBusy: 'queue' },
    overLimit: false,
    queueAvailable: true,
  });
  if (accepted.kind !== 'accepted') return ctx.throw(400, accepted.kind);
  void queue.add(accepted.ref).catch(() => {});
  ctx.status = 202;
  ctx.body = { userMessage: accepted.userMessage, message: accepted.answer.message };
});

const app = new Koa();
app.use(koaJwt({ secret: env('JWT_SECRET'), algorithms: ['HS256'] }));
app.use(bodyParser());
app.use(router.routes());
const server = app.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ msg: 'ready', port: (server.address() as AddressInfo).port }));
});
