import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Redis } from 'ioredis';
import { Person, Transcript } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import type { Product } from '../support/product.js';
import { metricsUrl, type Scrape, scrape, scrapeUntil } from '../support/scrape.js';
import { TestSocket } from '../support/socket.js';
import { startSwitchedProxy } from '../support/switched-proxy.js';
import { Client } from '../transports/socketio/client.js';

const SPEECH = ['Drink ', 'hot ', 'water ', 'every ', 'hour. '];

/** A question after three tokens of whose answer the model stalls; the next attempt is answered as usual. `n`: no two alike. */
const stalls = (n: number): string => `[[double:{"fault":"stall","after":3,"times":1}]] What helps, ${n}?`;
const FAILS = '[[double:{"fault":"error"}]] What helps?';

/** The names and labels that docs/operations.md promises. */
const PROMISED = {
  veda_streams_open: ['transport'],
  veda_requests_total: ['method', 'route', 'status'],
  veda_request_duration_seconds: [],
  veda_messages_accepted_total: [],
  veda_generations_total: ['model', 'provider', 'status'],
  veda_generations_running: [],
  veda_generations_waiting: [],
  veda_oldest_waiting_seconds: [],
  veda_time_to_first_token_seconds: [],
  veda_generation_duration_seconds: [],
  veda_retrieval_duration_seconds: [],
  veda_tokens_total: [],
  veda_chunk_delay_seconds: [],
  veda_resumes_total: ['from'],
  veda_resets_total: ['reason'],
  veda_takeovers_total: [],
  veda_fenced_total: [],
  veda_swept_total: [],
  veda_provider_errors_total: ['code'],
  veda_limited_total: ['limit'],
  veda_alerts_total: ['rule'],
  veda_retrievals_total: ['result'],
  veda_dependency_up: ['name'],
};

let cluster: Cluster;
let gateway: Product;
let worker: Product;
let person: Person;
let conversation: string;

beforeAll(async () => {
  cluster = await Cluster.start({
    METRICS_PORT: '0',
    RATE_LIMIT_MESSAGES_PER_MINUTE: '40',
    // Takeovers are counted here: beside other tests a shorter lease of a living worker runs out now and then.
    LEASE_SECONDS: '3',
  });
  [gateway, worker] = await Promise.all([cluster.gateway(), cluster.worker()]);
  person = await Person.register(gateway.url);
});

beforeEach(async () => {
  // Nothing of the test before is counted in the next.
  await scrapeUntil(gateway, (now) => now.value('veda_generations_waiting') === 0);
  await scrapeUntil(worker, (now) => now.value('veda_generations_running') === 0);
  cluster.ollama.defaultScript({ text: SPEECH });
  conversation = await person.newConversation();
});

afterAll(() => cluster.stop());

async function transcriptOf(events: AsyncIterable<{ frame: Parameters<Transcript['take']>[0] }>) {
  const transcript = new Transcript();
  for await (const { frame } of events) transcript.take(frame);
  return transcript;
}

/** The labels of every series of these metrics. */
function labelsOf({ text }: Scrape, metric: string): string[] {
  const labels = new Set<string>();
  for (const [, inside = ''] of text.matchAll(
    new RegExp(`^${metric}(?:_bucket|_sum|_count)?{(.*)} `, 'gm'),
  )) {
    for (const [, label = ''] of inside.matchAll(/(\w+)="/g)) if (label !== 'le') labels.add(label);
  }
  return [...labels].toSorted();
}

test('a message moves what is promised of it, on the gateway and on the worker', async () => {
  const before = { gateway: await scrape(gateway), worker: await scrape(worker) };
  await transcriptOf(person.sendAndStream(conversation, 'What helps?'));
  const answered = await scrapeUntil(worker, (now) => now.sum('veda_generations_total') > 0);
  const at = await scrape(gateway);
  const model = 'model="llama3.2"';
  expect(answered.value(`veda_generations_total{status="complete",provider="ollama",${model}}`)).toBe(1);
  expect(answered.value('veda_tokens_total')).toBe(SPEECH.length);
  expect(answered.value('veda_time_to_first_token_seconds_count')).toBe(1);
  expect(answered.value('veda_generation_duration_seconds_count')).toBe(1);
  expect(answered.value('veda_generation_duration_seconds_sum')).toBeGreaterThan(0);
  expect(before.worker.sum('veda_generations_total')).toBe(0);
  const route = 'route="/api/conversations/:id/messages"';
  const sent = at.text.split('\n').filter((line) => line.startsWith('veda_requests_total{'));
  expect(sent).toContain(`veda_requests_total{${route},method="POST",status="200"} 1`);
  const asked = 'veda_request_duration_seconds_count';
  expect(at.value(asked)).toBeGreaterThan(before.gateway.value(asked));
  expect(at.value('veda_messages_accepted_total')).toBe(1);
  expect(at.value('veda_chunk_delay_seconds_count')).toBeGreaterThan(0);
  // Of two processes on one machine: a text takes milliseconds, not minutes and not the time since 1970.
  expect(at.value('veda_chunk_delay_seconds_sum')).toBeLessThan(60);
});

test('gateway and worker have all names that are promised, with exactly their labels, and those of Node', async () => {
  await person.chat(conversation, FAILS);
  await person.chat(conversation, 'My chest hurts.');
  const impatient = await Person.register(gateway.url);
  const mine = await impatient.newConversation();
  for (let sent = 0; sent < 41; sent++) await impatient.send(mine, `${sent}`);
  const scrapes = await Promise.all([scrape(gateway), scrape(worker)]);
  for (const [name, labels] of Object.entries(PROMISED)) {
    for (const { text } of scrapes) expect(text).toMatch(new RegExp(`^# TYPE ${name} `, 'm'));
    const found = [...new Set(scrapes.flatMap((scraped) => labelsOf(scraped, name)))];
    expect([name, found.toSorted()]).toEqual([name, labels]);
  }
  for (const { text } of scrapes) {
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
    expect(text).toMatch(/^nodejs_heap_size_used_bytes /m);
  }
  expect(scrapes[0].value('veda_limited_total{limit="messages"}')).toBe(1);
  const failed = await scrapeUntil(worker, (now) => now.sum('veda_provider_errors_total') > 0);
  expect(failed.value('veda_provider_errors_total{code="llm_failed"}')).toBe(1);
  // Ids are UUIDs; no label may hold one, nor an address, nor what somebody wrote.
  for (const { text } of scrapes) expect(text).not.toMatch(/[\da-f]{8}-[\da-f]{4}|127\.0\.0\.1|helps/);
});

test('open streams are counted by transport, for as long as they are open', async () => {
  const sse = person.stream(conversation);
  await sse.next();
  const ws = await TestSocket.open(person, conversation);
  const io = await Client.joined(person, conversation);
  const open = (now: Scrape): number[] =>
    ['sse', 'websocket', 'socketio', 'http'].map((name) =>
      now.value(`veda_streams_open{transport="${name}"}`),
    );
  expect(open(await scrapeUntil(gateway, (now) => now.sum('veda_streams_open') === 3))).toEqual([1, 1, 1, 0]);
  await sse.return();
  ws.ws.close();
  io.socket.disconnect();
  await scrapeUntil(gateway, (now) => now.sum('veda_streams_open') === 0);
});

test('a resume counts by where its text comes from: the log of a running answer, the row of an ended one', async () => {
  const before = await scrape(gateway);
  const { message } = (await person.send(conversation, stalls(1))).body;
  const transcript = new Transcript();
  for await (const { frame } of person.stream(conversation)) {
    transcript.take(frame);
    if (transcript.textOf(message.id) === 'Drink hot water ') break;
  }
  for await (const { frame } of person.stream(conversation, { lastEventId: '1.1.3' })) {
    if (frame.type === 'chunk') break;
  }
  const log = 'veda_resumes_total{from="log"}';
  const row = 'veda_resumes_total{from="row"}';
  const running = await scrape(gateway);
  expect(running.value(log) - before.value(log)).toBe(1);
  expect(running.value(row) - before.value(row)).toBe(0);
  await person.call('POST', `/api/conversations/${conversation}/messages/${message.id}/stop`);
  await transcriptOf(
    person.stream(conversation, { query: '?until=done', lastEventId: transcript.cursor ?? '' }),
  );
  await transcriptOf(person.stream(conversation, { query: '?until=done&cursor=1.1.3' }));
  const ended = await scrape(gateway);
  expect(ended.value(row) - running.value(row)).toBeGreaterThanOrEqual(1);
});

test('a killed worker: what it left is swept and taken over, and readers of lost text are sent a reset', async () => {
  const [killed] = await Promise.all([cluster.worker(), worker.stop()]);
  const redis = new Redis(cluster.redis.url);
  const transcript = new Transcript();
  let replaced = false;
  for await (const { frame } of person.sendAndStream(conversation, stalls(2))) {
    transcript.take(frame);
    if (replaced || frame.type !== 'chunk') continue;
    if (transcript.textOf(frame.messageId) !== 'Drink hot water ') continue;
    replaced = true;
    await killed.stop('SIGKILL');
    await redis.flushall();
    worker = await cluster.worker();
  }
  redis.disconnect();
  expect(transcript.frames.at(-1)?.type).toBe('done');
  const at = await scrape(worker);
  expect(at.value('veda_takeovers_total')).toBe(1);
  expect(at.value('veda_swept_total')).toBe(1);
  expect((await scrape(gateway)).value('veda_resets_total{reason="restarted"}')).toBe(1);
});

test('a worker that hung and lost its answer to another says that it was fenced', async () => {
  const { message } = (await person.send(conversation, stalls(3))).body;
  // Its request is with the model: before that, the other worker's would be the one that stalls.
  const transcript = new Transcript();
  for await (const { frame } of person.stream(conversation)) {
    transcript.take(frame);
    if (transcript.textOf(message.id) === 'Drink hot water ') break;
  }
  expect((await scrape(worker)).value('veda_generations_running')).toBe(1);
  worker.process.kill('SIGSTOP');
  const other = await cluster.worker();
  const path = `/api/conversations/${conversation}/messages/${message.id}`;
  await scrapeUntil(other, (now) => now.sum('veda_generations_total') === 1);
  worker.process.kill('SIGCONT');
  await scrapeUntil(worker, (now) => now.value('veda_fenced_total') === 1);
  expect((await person.call('GET', path)).body.status).toBe('complete');
  await other.stop();
});

test('what waits is counted, with the age of the oldest', async () => {
  await worker.stop();
  await person.send(conversation, 'What helps?');
  await person.send(conversation, 'And then?');
  const waits = await scrapeUntil(gateway, (now) => now.value('veda_oldest_waiting_seconds') > 0.2);
  expect(waits.value('veda_generations_waiting')).toBe(2);
  worker = await cluster.worker();
  const idle = await scrapeUntil(gateway, (now) => now.value('veda_generations_waiting') === 0);
  expect(idle.value('veda_oldest_waiting_seconds')).toBe(0);
});

test('a Postgres that answers nothing holds no scrape up: it is down, and what only it knows is left out', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port, pathname, href } = new URL(cluster.database.url);
  const proxy = await startSwitchedProxy(Number(port));
  const DATABASE_URL = Object.assign(new URL(href), { port: `${proxy.port}`, pathname }).href;
  const cut = await cluster.worker({ DATABASE_URL });
  expect((await scrape(cut)).value('veda_dependency_up{name="postgres"}')).toBe(1);
  proxy.leadTo((silent.address() as AddressInfo).port);
  // Of several scrapes at once too.
  const scrapes = await Promise.all([scrape(cut), scrape(cut), scrape(cut)]);
  for (const down of scrapes) {
    expect(down.text).toContain('veda_dependency_up{name="postgres"} 0\n');
    expect(down.value('veda_dependency_up{name="redis"}')).toBe(1);
    expect(down.text).not.toMatch(/^veda_generations_waiting /m);
  }
  proxy.leadTo(Number(port));
  const waits = /^veda_generations_waiting \d/m;
  const back = await scrapeUntil(cut, ({ text }) => waits.test(text));
  expect(back.value('veda_dependency_up{name="postgres"}')).toBe(1);
  await cut.stop();
  await proxy.stop();
  silent.close();
});

test('the port has nothing but the metrics, and is off unless it is asked for', async () => {
  const url = await metricsUrl(gateway);
  expect((await fetch(url, { method: 'HEAD' })).headers.get('content-type')).toMatch(
    /^text\/plain; version=/,
  );
  expect((await fetch(url, { method: 'POST' })).status).toBe(405);
  expect((await fetch(new URL('/health/live', url))).status).toBe(404);
  expect((await fetch(new URL('/', url))).status).toBe(404);
  expect((await fetch(`${gateway.url}/metrics`)).status).toBe(404);
  const off = await cluster.gateway({ METRICS_PORT: '' });
  expect(off.lines.map((line) => JSON.parse(line).msg)).not.toContain('metrics');
  await off.stop();
});

test('METRICS_HOST says where the port listens', async () => {
  const elsewhere = await cluster.all({ METRICS_HOST: '127.0.0.2' });
  const { port } = new URL(await metricsUrl(elsewhere));
  expect((await fetch(`http://127.0.0.2:${port}/metrics`)).status).toBe(200);
  await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow('fetch failed');
  await elsewhere.stop();
});
