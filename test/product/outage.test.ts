import { randomUUID } from 'node:crypto';
import { type Answer, Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import { withClient } from '../support/postgres.js';
import { expectProblem } from '../support/problem.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';

let cluster: Cluster;
let wayToPostgres: TcpProxy;
let person: Person;
let conversation: string;

beforeAll(async () => {
  cluster = await Cluster.start();
  const database = new URL(cluster.database.url);
  wayToPostgres = await startTcpProxy(Number(database.port));
  database.port = new URL(wayToPostgres.url).port;
  const [gateway] = await Promise.all([cluster.gateway({ DATABASE_URL: database.href }), cluster.worker()]);
  person = await Person.register(gateway.url);
});

afterAll(async () => {
  await cluster.stop();
  await wayToPostgres.stop();
});

beforeEach(async () => {
  conversation = await person.newConversation();
});

/** Many messages at once, while `disaster` happens; what was answered to each client_message_id. */
async function sendDuring(disaster: () => Promise<unknown>): Promise<Map<string, Answer>> {
  const ids = Array.from({ length: 30 }, () => randomUUID());
  const answers = ids.map((client_message_id) =>
    person.send(conversation, 'What helps?', { client_message_id }),
  );
  const [answered] = await Promise.all([Promise.all(answers), disaster()]);
  return new Map(answered.map((answer, index) => [ids[index] ?? '', answer]));
}

/** Whatever was accepted is there and comes to its end, and nothing else is. */
async function expectExactlyTheAccepted(answers: Map<string, Answer>): Promise<void> {
  const accepted = [...answers].flatMap(([id, { status }]) => (status === 202 ? [id] : []));
  for (const answer of answers.values()) if (answer.status !== 202) expectProblem(answer, 503, 'internal');
  const statuses: string[] = [];
  for await (const { frame } of person.stream(conversation, { query: '?cursor=1.0.0&until=done' })) {
    if (frame.type === 'done') statuses.push(frame.message.status);
  }
  expect(statuses).toEqual(accepted.map(() => 'complete'));
  const path = `/api/conversations/${conversation}/messages?limit=100`;
  const { items } = (await person.call('GET', path)).body;
  const stored = items.flatMap((item: { role: string; client_message_id: string }) =>
    item.role === 'user' ? [item.client_message_id] : [],
  );
  expect(stored.toSorted()).toEqual(accepted.toSorted());
}

test('a Redis that dies under messages loses none that was accepted, and stores none that was not', async () => {
  const answers = await sendDuring(() => cluster.redis.kill());
  const refused = await person.send(conversation, 'And now?');
  expectProblem(refused, 503, 'internal');
  const ready = await person.call('GET', '/health/ready');
  expect(ready).toMatchObject({ status: 503, body: { status: 'unready', missing: ['redis', 'queue'] } });
  expect((await person.call('GET', '/health/live')).status).toBe(200);
  // What is in Postgres can still be read.
  expect((await person.call('GET', `/api/conversations/${conversation}/messages`)).status).toBe(200);

  await cluster.redis.restart();
  while ((await person.call('GET', '/health/ready')).status !== 200);
  await expectExactlyTheAccepted(answers);
});

test('connections to Postgres that are killed lose nothing either', async () => {
  const kill = `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`;
  const answers = await sendDuring(() => withClient(cluster.database.url, (client) => client.query(kill)));
  await expectExactlyTheAccepted(answers);
});

test('a commit whose reply is lost is a message that was accepted', async () => {
  wayToPostgres.cutReplyWith('answer_seq');
  const message = await person.chat(conversation, 'What helps?');
  expect(wayToPostgres.cuts).toBe(1);
  expect(message.status).toBe('complete');
  wayToPostgres.cutReplyWith('answer_seq');
  const sent = await person.send(conversation, 'And now?');
  expect(wayToPostgres.cuts).toBe(2);
  expect(sent).toMatchObject({ status: 202, body: { duplicate: false, cursor: '2.0.0' } });
});

test('a message whose transaction breaks off was not stored', async () => {
  for (const bytes of [1, 200, 400, 600, 800, 1000]) {
    const id = randomUUID();
    wayToPostgres.cutReplies(bytes);
    const { status } = await person.send(conversation, 'What helps?', { client_message_id: id });
    const path = `/api/conversations/${conversation}/messages`;
    let messages = await person.call('GET', path);
    while (messages.status !== 200) messages = await person.call('GET', path);
    const items: { client_message_id: string }[] = messages.body.items;
    const stored = items.some((item) => item.client_message_id === id);
    expect({ bytes, status, stored }).toEqual({ bytes, status: stored ? 202 : 503, stored });
  }
  expect(wayToPostgres.cuts).toBeGreaterThan(5);
});

test('a model server that is away makes the service degraded, not unready', async () => {
  await cluster.ollama.stop();
  const ready = await person.call('GET', '/health/ready');
  expect(ready).toMatchObject({ status: 200, body: { status: 'degraded', degraded: ['provider'] } });
  const message = await person.chat(conversation, 'What helps?');
  expect(message).toMatchObject({ status: 'failed', content: '', error: { code: 'llm_unavailable' } });
});
