import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import { withClient } from '../support/postgres.js';
import type { Product } from '../support/product.js';

/** In everything that a person says or is; nothing with it may be logged. */
const CANARY = `canary${randomUUID().replaceAll('-', '')}`;

let cluster: Cluster;
let parrot: Server;
let products: Product[];
let person: Person;
/** Tokens and tickets, whole. */
const secrets: string[] = [];

beforeAll(async () => {
  parrot = await startParrot();
  cluster = await Cluster.start({
    LOG_LEVEL: 'trace',
    OLLAMA_HOST: `http://127.0.0.1:${(parrot.address() as AddressInfo).port}`,
    CHAT_WAIT_SECONDS: '2',
    DRAIN_SECONDS: '2',
  });
  products = await Promise.all([cluster.gateway(), cluster.worker(), cluster.all()]);
  person = await signUp(products[0]);
});

afterAll(async () => {
  await cluster.stop();
  parrot.closeAllConnections();
  parrot.close();
});

/** A model server that repeats what it was asked in every error that it can say. */
async function startParrot(): Promise<Server> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      const asked = body.slice(body.lastIndexOf(CANARY));
      if (asked.includes('say status')) response.writeHead(500).end(JSON.stringify({ error: body }));
      else if (asked.includes('say line')) response.end(`${JSON.stringify({ error: body })}\n`);
      else if (asked.includes('say garbage')) response.end(`<p>${body}</p>\n`);
      else
        response.end(`${JSON.stringify({ message: { content: body }, done: true, done_reason: 'stop' })}\n`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function signUp(gateway: Product | undefined): Promise<Person> {
  const url = gateway?.url ?? '';
  const body = { email: `${CANARY}@example.org`, password: `${CANARY} password`, name: CANARY };
  const nobody = new Person(url, CANARY);
  const { accessToken, refreshToken } = (await nobody.call('POST', '/api/auth/register', body)).body;
  await nobody.call('POST', '/api/auth/register', body);
  await nobody.call('POST', '/api/auth/login', { email: body.email, password: `${CANARY} wrong` });
  const next = (await nobody.call('POST', '/api/auth/refresh', { refreshToken })).body;
  await nobody.call('POST', '/api/auth/refresh', { refreshToken: CANARY });
  secrets.push(accessToken, refreshToken, next.accessToken, next.refreshToken);
  return new Person(url, next.accessToken);
}

async function everyCall(): Promise<void> {
  const title = `${CANARY} title`;
  const { id } = (await person.call('POST', '/api/conversations', { title })).body;
  const path = `/api/conversations/${id}`;
  await person.call('PATCH', path, { title: `${title} two` });
  const text = `${CANARY} text`;
  const message = await person.chat(id, text, { client_message_id: `${CANARY} id` });
  expect(message.content).toContain(CANARY);
  await person.call('POST', `${path}/messages/${message.id}/regenerate`, {
    client_message_id: `${CANARY} two`,
  });
  for await (const { frame } of person.sendAndStream(id, text)) expect(frame.type).not.toBe('error');
  const wrong: [body: unknown, headers?: Record<string, string>][] = [
    [{ text: `${CANARY} other`, client_message_id: `${CANARY} id` }],
    [{ text, [CANARY]: CANARY }],
    [{ text, whenBusy: CANARY }],
    [`{"text": ${CANARY}`],
    [`{"text": "${CANARY}\\u0000"}`],
    [CANARY, { 'Content-Type': 'text/plain' }],
    [{ text }, { 'Idempotency-Key': CANARY.repeat(5) }],
    [{ text }, { Authorization: `Bearer ${CANARY}` }],
    [{ text }, { Authorization: `Basic ${CANARY}` }],
  ];
  for (const [body, headers] of wrong) {
    expect((await person.call('POST', `${path}/messages`, body, headers)).status).toBeGreaterThanOrEqual(400);
  }
  for (const address of [`/${CANARY}`, `/api/conversations/${CANARY}`, `${path}/messages/${CANARY}`]) {
    expect((await person.call('GET', address)).status).toBe(404);
  }
  for (const query of [`cursor=${CANARY}`, `until=${CANARY}`, `token=${CANARY}`, `ticket=${CANARY}`]) {
    const headers: Record<string, string> = query.startsWith('t') ? { Authorization: '' } : {};
    const refused = await person.call('GET', `${path}/stream?${query}`, undefined, headers);
    expect(refused.status).toBeGreaterThanOrEqual(400);
  }
  const { ticket } = (await person.call('POST', '/api/stream-tickets')).body;
  secrets.push(ticket);
  for (const query of [`ticket=${ticket}`, `ticket=${ticket}`, `token=${person.token}`]) {
    await (await fetch(`${person.url}${path}/stream?until=done&cursor=1.0.0&${query}`)).text();
  }
}

test('nothing that a person says or is gets into a log, whatever fails', async () => {
  await everyCall();

  // The model server repeats the prompt in its errors.
  const conversation = await person.newConversation();
  for (const how of ['say status', 'say line', 'say garbage']) {
    const message = await person.chat(conversation, `${CANARY} ${how}`);
    expect(message.status).toBe('failed');
    expect(JSON.stringify(message.error)).not.toContain(CANARY);
  }

  // Postgres repeats the row that it refuses.
  await withClient(cluster.database.url, (client) =>
    client.query(
      `alter table messages add constraint refused check (content not like '%refused%') not valid`,
    ),
  );
  const refused = await person.send(conversation, `${CANARY} refused`);
  expect(refused.status).toBe(500);
  expect(JSON.stringify(refused.body)).not.toContain(CANARY);

  // Redis refuses what it is given.
  const redis = new Redis(cluster.redis.url);
  await redis.config('SET', 'maxmemory', '1');
  await person.send(conversation, `${CANARY} no memory`);
  await redis.config('SET', 'maxmemory', '0');
  redis.disconnect();

  // Both break off in the middle of things.
  const sends = (): Promise<unknown> =>
    Promise.allSettled(Array.from({ length: 20 }, (_, n) => person.send(conversation, `${CANARY} ${n}`)));
  const cut = sends();
  await withClient(cluster.database.url, (client) =>
    client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    ),
  );
  await cut;
  const dead = sends();
  await cluster.redis.kill();
  await dead;
  await sends();
  await cluster.redis.restart();
  await person.call('POST', '/api/auth/logout');

  for (const product of products) expect(await product.stop()).toBe(0);
  expect(products.map(({ stderr }) => stderr)).toEqual(['', '', '']);
  const lines = products.flatMap((product) => product.lines);
  for (const line of lines) {
    expect(line.toLowerCase()).not.toContain(CANARY);
    for (const secret of secrets) expect(line).not.toContain(secret);
  }
  const events = new Set(lines.map((line) => JSON.parse(line).msg));
  expect([...events]).toEqual(
    expect.arrayContaining(['listening', 'ready', 'request', 'generation', 'request failed', 'stopped']),
  );
});
