import { randomBytes } from 'node:crypto';
import { Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import { type Collector, startCollector } from '../support/collector.js';
import type { Product } from '../support/product.js';
import { Client } from '../transports/socketio/client.js';

/** As OTLP numbers them. */
const [INTERNAL, SERVER, CLIENT, CONSUMER] = [1, 2, 3, 5];
const FAILED = 2;

let cluster: Cluster;
let collector: Collector;
let gateway: Product;
let worker: Product;
let person: Person;

beforeAll(async () => {
  collector = await startCollector();
  // The SDK sends what it has every so often, in ms.
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  cluster = await Cluster.start({ ...env, OTEL_BSP_SCHEDULE_DELAY: '100', LEASE_SECONDS: '1' });
  [gateway, worker] = await Promise.all([cluster.gateway(), cluster.worker()]);
  person = await Person.register(gateway.url);
});

afterEach(() => {
  collector.status = 200;
});

afterAll(async () => {
  await cluster.stop();
  await collector.stop();
});

test('a request, its job and the call of the model are one trace, which goes on from the caller', async () => {
  const conversation = await person.newConversation();
  const traceId = randomBytes(16).toString('hex');
  const caller = randomBytes(8).toString('hex');
  cluster.ollama.script({ text: ['Secret-', 'answer.'] });
  const response = await fetch(`${gateway.url}/api/conversations/${conversation}/messages/chat`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${person.token}`,
      'Content-Type': 'application/json',
      traceparent: `00-${traceId}-${caller}-01`,
    },
    body: JSON.stringify({ text: 'Secret-question?' }),
  });
  const { message } = (await response.json()) as { message: { id: string } };

  const of = (name: string) => collector.span((span) => span.traceId === traceId && span.name === name);
  const request = await of('POST /api/conversations/:id/messages/chat');
  expect(request).toMatchObject({ kind: SERVER, parentSpanId: caller });
  expect(request.attributes).toEqual({
    'http.request.method': 'POST',
    'http.route': '/api/conversations/:id/messages/chat',
    'http.response.status_code': 200,
  });
  expect(request.resource).toMatchObject({ 'service.name': 'veda-gateway', 'veda.role': 'gateway' });
  const ids = { 'gen_ai.conversation.id': conversation, 'veda.message.id': message.id };
  const accept = await of('accept');
  expect(accept).toMatchObject({ kind: INTERNAL, parentSpanId: request.spanId, attributes: ids });
  const generate = await of('generate');
  expect(generate).toMatchObject({ kind: CONSUMER, parentSpanId: accept.spanId });
  expect(generate.attributes).toEqual({ ...ids, 'veda.attempt': 1, 'veda.status': 'complete' });
  expect(generate.resource).toMatchObject({ 'veda.role': 'worker' });
  const chat = await of('chat llama3.2');
  expect(chat).toMatchObject({ kind: CLIENT, parentSpanId: generate.spanId });
  expect(chat.attributes).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'ollama',
    'gen_ai.request.model': 'llama3.2',
    'gen_ai.usage.output_tokens': 2,
  });
  expect(chat.events.map(({ name }) => name)).toEqual(['first text']);
  const asked = cluster.ollama
    .requests()
    .find(({ path, traceparent }) => path === '/api/chat' && traceparent);
  expect(asked?.traceparent).toBe(`00-${traceId}-${chat.spanId}-01`);

  const all = collector.bodies.join('\n');
  for (const secret of ['Secret-', person.token, 'Bearer']) expect(all).not.toContain(secret);
});

test('an answer that another worker goes on with stays in its trace, asked for over a socket', async () => {
  const conversation = await person.newConversation();
  const client = await Client.joined(person, conversation);
  cluster.ollama.script({ text: ['One ', 'two ', 'three.'], fault: 'stall', after: 1, times: 1 });
  const { messageId } = await client.ask('message', { conversationId: conversation, text: 'Count.' });
  await client.next('chunk');
  await worker.stop('SIGKILL');
  worker = await cluster.worker();

  const second = await collector.span(
    ({ name, attributes }) => name === 'generate' && attributes['veda.message.id'] === messageId,
  );
  const accept = await collector.span(({ spanId }) => spanId === second.parentSpanId);
  expect(second.attributes).toMatchObject({ 'veda.attempt': 2, 'veda.status': 'complete' });
  expect(accept).toMatchObject({ name: 'accept', traceId: second.traceId });
  expect(accept.parentSpanId).toBeUndefined();
  client.close();
});

test('what failed is marked with its code, and says nothing more', async () => {
  const conversation = await person.newConversation();
  await person.chat(conversation, '[[double:{"fault":"error"}]] Secret-failure');
  const chat = await collector.span(
    ({ name, attributes }) =>
      name === 'chat llama3.2' && attributes['gen_ai.conversation.id'] === conversation,
  );
  expect(chat.attributes).toMatchObject({ 'error.type': 'llm_failed' });
  expect(chat.status).toEqual({ code: FAILED });
  expect(collector.bodies.join('\n')).not.toContain('Secret-');
});

test('a collector that refuses costs spans, a warning, and no answer', async () => {
  collector.status = 400;
  const message = await person.chat(await person.newConversation(), 'What helps?');
  expect(message.status).toBe('complete');
  await gateway.logged('traces not sent');
});

test('an answer that waits for no caller has a trace of its own, and a broken traceparent is ignored', async () => {
  for (const traceparent of ['00-zz-1-01', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`, 'x'.repeat(5000)]) {
    const response = await fetch(`${gateway.url}/api/me`, {
      headers: { Authorization: `Bearer ${person.token}`, traceparent },
    });
    expect(response.status).toBe(200);
  }
  const request = await collector.span(({ name }) => name === 'GET /api/me');
  expect(request.parentSpanId).toBeUndefined();
});

test('without a collector at the address it answers, and stops as it should', async () => {
  const there = await cluster.all({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
  const somebody = await Person.register(there.url);
  expect((await somebody.chat(await somebody.newConversation(), 'What helps?')).status).toBe('complete');
  expect(await there.stop()).toBe(0);
});
