import { randomUUID } from 'node:crypto';
import { type UIMessage, uiMessageChunkSchema } from 'ai';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { Message } from '../../src/protocol/message.js';
import { Person } from '../support/client.js';
import type { Cluster } from '../support/cluster.js';
import type { Product } from '../support/product.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { type Chat, chatOverSocket, shows, submitted, textOf, VERSIONS } from './chat.js';
import { ANSWER, ENDING, HALF, stall, startTwoGateways, TOKENS } from './two-gateways.js';

let cluster: Cluster;
let worker: Product;
let gateways: [Product, Product];
let person: Person;

beforeAll(async () => {
  ({ cluster, worker, gateways } = await startTwoGateways());
});

beforeEach(async () => {
  // An answer that was stopped before the model was asked left its script.
  cluster.ollama.clearScripts();
  person = await Person.register(gateways[0].url);
});

afterAll(() => cluster.stop());

/** The messages of the one conversation that the person has. */
async function stored(): Promise<Message[]> {
  const { items } = (await person.call('GET', '/api/conversations')).body;
  expect(items).toHaveLength(1);
  return (await person.call('GET', `/api/conversations/${items[0].id}/messages`)).body.items;
}

/** Stops the answer, which a chat is resuming. */
async function stop(chat: Chat): Promise<void> {
  await submitted(chat);
  const [first] = await stored();
  await person.call('POST', `/api/ai-sdk/chat/${first?.conversationId}/stop`);
}

describe.each(VERSIONS)('version %s', (_, chatOf) => {
  test('a chat is a conversation, and what it shows is what is stored', async () => {
    const chat = chatOf({ person });
    await chat.sendMessage({ text: 'What helps?' });
    await chat.sendMessage({ text: 'And then?' });
    expect(chat).toMatchObject({ status: 'ready', error: undefined });
    const rows = await stored();
    expect(rows.map(({ content }) => content)).toEqual(['What helps?', ANSWER, 'And then?', ANSWER]);
    expect(chat.messages.map(textOf)).toEqual(rows.map(({ content }) => content));
    expect(chat.messages.map(({ id }) => id)).toEqual(
      rows.map(({ id, role, client_message_id }) => (role === 'user' ? client_message_id : id)),
    );
    expect(chat.messages[1]?.metadata).toMatchObject({
      conversationId: rows[0]?.conversationId,
      status: 'complete',
      usage: rows[1]?.usage,
      generatedBy: { ai: true, model: rows[1]?.model },
    });
    const [, second] = cluster.ollama.requests().slice(-2);
    expect(JSON.stringify(second?.body)).toContain('Drink hot tea');
  });

  test('a page that is loaded again shows the running answer from its start, at another gateway', async () => {
    const id = randomUUID();
    stall(cluster);
    const before = chatOf({ person, id });
    const sent = before.sendMessage({ text: 'What helps?' });
    await shows(before, HALF);
    const [question] = before.messages as [UIMessage];
    const after = chatOf({ person: person.at(gateways[1].url), id, messages: [question] });
    const resumed = after.resumeStream();
    await shows(after, HALF);
    expect(after.messages.at(-1)?.id).toBe(before.messages.at(-1)?.id);
    await person.call('POST', `/api/ai-sdk/chat/${id}/stop`);
    await Promise.all([sent, resumed]);
    for (const chat of [before, after]) {
      expect(textOf(chat.messages.at(-1))).toBe(HALF + ENDING);
      expect(chat.messages.at(-1)?.metadata).toMatchObject({ status: 'stopped' });
      expect(chat.status).toBe('ready');
    }
    await after.resumeStream();
    expect(after).toMatchObject({ status: 'ready', error: undefined });
  });

  test('a cut connection costs nothing: the answer goes on, and is shown from its start', async () => {
    const proxy = await startTcpProxy(Number(new URL(gateways[0].url).port));
    let at = proxy.url.replace('redis:', 'http:');
    // As a balancer does: once the connection has broken, the next request goes to the other gateway.
    const chat = chatOf({
      person,
      route: (url) => url.replace(person.url, at),
    });
    stall(cluster);
    const sent = chat.sendMessage({ text: 'What helps?' });
    await shows(chat, HALF);
    await proxy.stop();
    await sent;
    expect(chat.error?.name).toBe('TypeError');
    at = gateways[1].url;
    const resumed = chat.resumeStream();
    await stop(chat);
    await resumed;
    expect(chat.status).toBe('ready');
    expect(chat.messages.map(textOf)).toEqual(['What helps?', HALF + ENDING]);
  });

  test('an answer is generated anew', async () => {
    const chat = chatOf({ person });
    await chat.sendMessage({ text: 'What helps?' });
    const [question, first] = chat.messages;
    cluster.ollama.script({ text: 'Sleep.' });
    await chat.regenerate();
    cluster.ollama.script({ text: 'Soup.' });
    await chat.regenerate({ messageId: chat.messages[1]?.id ?? '' });
    expect(chat.messages.map(textOf)).toEqual(['What helps?', `Soup.${ENDING}`]);
    const rows = await stored();
    expect(rows.map(({ content }) => content)).toEqual([
      'What helps?',
      ANSWER,
      `Sleep.${ENDING}`,
      `Soup.${ENDING}`,
    ]);
    expect(rows.slice(1).map(({ replyTo }) => replyTo)).toEqual(Array(3).fill(rows[0]?.id));
    expect(chat.messages[0]?.id).toBe(question?.id);
    expect(first?.id).toBe(rows[1]?.id);
  });

  test('a worker that is killed in mid-answer loses nothing', async () => {
    const chat = chatOf({ person });
    stall(cluster);
    const sent = chat.sendMessage({ text: 'What helps?' });
    await shows(chat, HALF);
    [worker] = await Promise.all([cluster.worker(), worker.stop('SIGKILL')]);
    await sent;
    expect(chat.status).toBe('ready');
    expect(textOf(chat.messages.at(-1))).toBe(ANSWER);
    expect((await stored()).at(-1)?.content).toBe(ANSWER);
  });

  test('a gateway that drains breaks the connection, and the chat goes on at another', async () => {
    const leaving = await cluster.gateway();
    const chat = chatOf({
      person: person.at(leaving.url),
      route: (url) => (leaving.process.killed ? url.replace(leaving.url, gateways[1].url) : url),
    });
    stall(cluster);
    const sent = chat.sendMessage({ text: 'What helps?' });
    await shows(chat, HALF);
    const stopped = leaving.stop();
    await sent;
    // Not the end of an answer, and no error that the server has told.
    expect(chat.status).toBe('error');
    expect(chat.error?.name).toBe('TypeError');
    const resumed = chat.resumeStream();
    await stop(chat);
    await resumed;
    expect(textOf(chat.messages.at(-1))).toBe(HALF + ENDING);
    expect(chat.messages).toHaveLength(2);
    expect(await stopped).toBe(0);
  });

  test('a failure in mid-answer is told, and the text so far stays', async () => {
    const chat = chatOf({ person });
    cluster.ollama.script({ text: TOKENS, fault: 'error-line', after: 3 });
    await chat.sendMessage({ text: 'What helps?' });
    const answer = (await stored()).at(-1);
    expect(answer?.status).toBe('incomplete');
    expect(chat.status).toBe('error');
    expect(chat.error?.message).toBe(answer?.error?.message);
    expect(textOf(chat.messages.at(-1))).toBe(answer?.content);
  });

  test('a refusal is a text for the person', async () => {
    const chat = chatOf({ person });
    await chat.sendMessage({ text: 'x'.repeat(32_001) });
    expect(chat.error?.message).toBe('text: must have at most 32000 characters');
    const stranger = chatOf({ person: new Person(person.url, 'no.to.ken') });
    await stranger.sendMessage({ text: 'hello' });
    // The third text is that of a client that finds its socket closed before it has written.
    expect(stranger.error?.message).toMatch(
      /^[^{]*(token|code 4001: unauthorized|connection is not open)[^{]*$/,
    );
    expect((await person.call('GET', '/api/conversations')).body.items).toEqual([]);
  });
});

test('over a WebSocket, a second resumeStream() aborts the first, and stops nothing', async () => {
  stall(cluster);
  const sender = chatOverSocket({ person, id: 'a chat' });
  const sent = sender.sendMessage({ text: 'What helps?' });
  await shows(sender, HALF);
  const chat = chatOverSocket({ person, id: 'a chat' });
  const resumed = chat.resumeStream();
  await shows(chat, HALF);
  const again = chat.resumeStream();
  // Another worker takes over after the lease of this one, which is longer than an abort waits.
  [worker] = await Promise.all([cluster.worker(), worker.stop('SIGKILL')]);
  await Promise.all([sent, resumed, again]);
  expect((await stored()).at(-1)).toMatchObject({ status: 'complete', content: ANSWER });
  expect(textOf(chat.messages.at(-1))).toBe(ANSWER);
});

/** A POST as the transport makes it. */
async function post(fields: object, at = person, headers: Record<string, string> = {}): Promise<Response> {
  return at.open('POST', '/api/ai-sdk/chat', fields, headers);
}

function message(text: string, id: string = randomUUID()): object {
  return { id, role: 'user', parts: [{ type: 'text', text }] };
}

/** The parts of a stream until its end; each is one that version 6 knows. */
async function partsOf(response: Response): Promise<{ type: string; [field: string]: unknown }[]> {
  expect(response.status).toBe(200);
  expect(response.headers.get('x-vercel-ai-ui-message-stream')).toBe('v1');
  const parsed = response.body
    ?.pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  const parts = [];
  for await (const { data } of parsed ?? []) {
    if (data === '[DONE]') return parts;
    const part = JSON.parse(data);
    const { validate } = uiMessageChunkSchema();
    expect(await validate?.(part)).toMatchObject({ success: true });
    parts.push(part);
  }
  throw new Error('the stream ended without [DONE]');
}

function deltasOf(parts: readonly { type: string; [field: string]: unknown }[]): string {
  return parts.map(({ type, delta }) => (type === 'text-delta' ? String(delta) : '')).join('');
}

test('a message that comes again attaches to its answer, while it runs and afterwards', async () => {
  const body = { id: 'my chat / 1', messages: [message('What helps?')] };
  stall(cluster);
  const first = post(body);
  await cluster.ollama.when(({ body }) => JSON.stringify({ body }).includes('What helps?'));
  const second = post(body, person.at(gateways[1].url));
  await Promise.all([first, second]);
  const stop = await person.call('POST', `/api/ai-sdk/chat/${encodeURIComponent(body.id)}/stop`);
  expect(stop).toMatchObject({ status: 202, body: { role: 'assistant' } });
  const streams = [await first, await second, await post(body)].map(partsOf);
  const [one, ...others] = await Promise.all(streams);
  const text = deltasOf(one ?? []);
  expect(text.endsWith(ENDING) || text === '').toBe(true);
  for (const other of others) {
    expect(deltasOf(other)).toBe(text);
    expect(other[0]).toEqual(one?.[0]);
  }
  expect(await stored()).toHaveLength(2);
});

test('many first sends at the same time make one conversation', async () => {
  const sends = Array.from({ length: 8 }, (_, index) =>
    post(
      { id: 'one chat', messages: [message(`question ${index}`)] },
      person.at(gateways[index % 2]?.url ?? ''),
    ),
  );
  for (const response of await Promise.all(sends)) expect(deltasOf(await partsOf(response))).toBe(ANSWER);
  expect(await stored()).toHaveLength(16);
});

test('a conversation goes by its own id, too, and what is another person’s does not exist', async () => {
  const conversation = await person.newConversation();
  await partsOf(await post({ id: conversation, messages: [message('What helps?')] }));
  expect((await stored())[0]?.conversationId).toBe(conversation);
  const stranger = await Person.register(person.url);
  const resumed = await stranger.open('GET', `/api/ai-sdk/chat/${conversation}/stream`);
  expect(resumed.status).toBe(204);
  await partsOf(await post({ id: conversation, messages: [message('Mine.')] }, stranger));
  expect(await stored()).toHaveLength(2);
  const regenerate = await post({ id: 'none', messages: [message('x')], trigger: 'regenerate-message' });
  expect(regenerate.status).toBe(404);
});

test('older front ends send content in place of parts, and fields of their own', async () => {
  const old = { id: 'm1', role: 'user', content: 'What helps?', createdAt: '2026-01-01T00:00:00Z' };
  await partsOf(await post({ id: 'old', messages: [old], locale: 'en' }));
  await partsOf(
    await post({ id: 'old', messages: [{ role: 'user', content: [{ type: 'text', text: 'And?' }] }] }),
  );
  expect((await stored()).map(({ content }) => content)).toEqual(['What helps?', ANSWER, 'And?', ANSWER]);
});

test('a message that was changed is a new message, whose repetition attaches to its answer', async () => {
  await partsOf(await post({ id: 'chat', messages: [message('What helps?', 'm1')] }));
  const changed = { id: 'chat', messages: [message('What heals?', 'm1')] };
  expect((await post(changed)).status).toBe(409);
  const parts = await partsOf(await post({ ...changed, messageId: 'm1' }));
  expect((await partsOf(await post({ ...changed, messageId: 'm1' })))[0]).toEqual(parts[0]);
  expect(await stored()).toHaveLength(4);
});

test('nothing runs: 204 for a resume and for a stop, also of a chat that has not begun', async () => {
  for (const [method, path] of [
    ['GET', 'stream'],
    ['POST', 'stop'],
  ] as const) {
    const response = await person.open(method, `/api/ai-sdk/chat/new/${path}`);
    expect(response.status).toBe(204);
  }
});

describe('an answer that is begun anew', () => {
  /** The answer has half of its text, then its log is lost and its worker killed: the next one begins at 0. */
  async function beginAnew(headers: Record<string, string>): Promise<string[]> {
    stall(cluster);
    const response = await post({ id: 'anew', messages: [message('What helps?', 'm1')] }, person, headers);
    const seen: string[] = [];
    let text = '';
    const parsed = response.body
      ?.pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream());
    for await (const { data } of parsed ?? []) {
      const part = data === '[DONE]' ? { type: data } : JSON.parse(data);
      seen.push(part.type);
      text += part.delta ?? '';
      if (part.type === 'reset-step') text = '';
      if (text !== HALF) continue;
      text = '';
      await worker.stop('SIGKILL');
      await cluster.redis.restart();
      worker = await cluster.worker();
    }
    expect(text).toBe(ANSWER);
    return seen;
  }

  test('is a reset-step to a client that says it knows it', async () => {
    const seen = await beginAnew({ 'X-AI-SDK-Version': '7' });
    expect(seen.filter((type) => type === 'reset-step')).toHaveLength(1);
    expect(seen.at(-1)).toBe('[DONE]');
  });

  test('breaks the connection of any other, which resumes with the new text under the same id', async () => {
    await expect(beginAnew({})).rejects.toThrow('terminated');
    const parts = await partsOf(await post({ id: 'anew', messages: [message('What helps?', 'm1')] }));
    const [, answer] = await stored();
    expect(parts[0]).toMatchObject({ messageId: answer?.id });
    expect(deltasOf(parts)).toBe(answer?.content);
    expect(answer?.content).toBe(ANSWER);
  });
});
