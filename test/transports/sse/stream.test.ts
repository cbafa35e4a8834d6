import { DISCLAIMER } from '../../../src/generation/disclaimer.js';
import type { Frame } from '../../../src/protocol/frames.js';
import { Person, Transcript } from '../../support/client.js';
import { Cluster } from '../../support/cluster.js';
import { tokenFor } from '../../support/token.js';

const SPEECH = ['Drink ', 'hot ', 'water. ', '💧'];
const ANSWER = `${SPEECH.join('')}\n\n${DISCLAIMER}`;

let cluster: Cluster;
let person: Person;
let conversation: string;

beforeAll(async () => {
  cluster = await Cluster.start();
  cluster.ollama.defaultScript({ text: SPEECH });
  person = await Person.register((await cluster.all()).url);
});

afterAll(() => cluster.stop());

beforeEach(async () => {
  conversation = await person.newConversation();
});

const pathOf = (query = ''): string => `/api/conversations/${conversation}/stream${query}`;

/** All frames until one of the given type, that one included, or until the stream ends. */
async function frames(
  events: AsyncIterable<{ frame: Frame }>,
  until?: Frame['type'],
): Promise<readonly Frame[]> {
  const seen: Frame[] = [];
  for await (const { frame } of events) {
    seen.push(frame);
    if (frame.type === until) break;
  }
  return seen;
}

const typesOf = (seen: readonly Frame[]): string[] => seen.map(({ type }) => type);

/** Sends a message whose answer gets as far as half of its text, and no further. */
async function sendHalf(): Promise<string> {
  cluster.ollama.script({ fault: 'stall', after: 2 });
  const { message } = (await person.send(conversation, 'What helps?')).body;
  const half = SPEECH.slice(0, 2).join('');
  const transcript = new Transcript();
  for await (const { frame } of person.stream(conversation)) {
    transcript.take(frame);
    if (transcript.textOf(message.id) === half) break;
  }
  return message.id;
}

function stop(messageId: string) {
  return person.call('POST', `/api/conversations/${conversation}/messages/${messageId}/stop`);
}

describe('the form', () => {
  test('headers leave at once, and nothing on the way may store or change the stream', async () => {
    const left = new AbortController();
    const response = await fetch(person.url + pathOf(), {
      headers: { Authorization: `Bearer ${person.token}` },
      signal: left.signal,
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    left.abort();
  });

  test('events are unnamed, with the cursor as their id; retry comes with the first', async () => {
    await person.chat(conversation, 'What helps?');
    const text = await (await person.open('GET', pathOf('?cursor=1.0.0&until=done'))).text();
    const events = text.split('\n\n');
    expect(events.pop()).toBe('');
    expect(events).toHaveLength(3);
    for (const [index, event] of events.entries()) {
      const form = index === 0 ? /^retry: \d+\nid: (.+)\ndata: (.+)$/ : /^id: (.+)\ndata: (.+)$/;
      const [, id, data = ''] = form.exec(event) ?? [];
      expect(JSON.parse(data)).toMatchObject({ conversationId: conversation, cursor: id });
    }
  });

  test('the same form in the response to a send', async () => {
    const response = await person.open(
      'POST',
      `/api/conversations/${conversation}/messages`,
      { text: 'What helps?' },
      { Accept: 'text/event-stream' },
    );
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const seen = await frames(person.events(response));
    expect(seen[0]?.type).toBe('accepted');
    expect(seen.at(-1)).toMatchObject({ type: 'done', message: { content: ANSWER } });
  });
});

describe('where a stream starts', () => {
  test('without a place: at the answer that is running, with a reset before its text', async () => {
    const messageId = await sendHalf();
    const seen = await frames(person.stream(conversation), 'ready');
    expect(typesOf(seen)).toEqual(['accepted', 'reset', 'chunk', 'ready']);
    expect(seen[2]).toMatchObject({ messageId, data: 'Drink hot ' });
    await stop(messageId);
  });

  test('without a place, and nothing runs: with what comes next', async () => {
    await person.chat(conversation, 'What helps?');
    const seen: Frame[] = [];
    for await (const { frame } of person.stream(conversation)) {
      seen.push(frame);
      if (frame.type === 'ready') await person.send(conversation, 'And now?');
      if (frame.type === 'done') break;
    }
    expect(seen[0]).toMatchObject({ type: 'ready', cursor: expect.stringMatching(/^1\.1\.\d+$/) });
    expect(seen[1]).toMatchObject({
      type: 'accepted',
      cursor: '2.0.1',
      userMessage: { content: 'And now?' },
    });
    expect(seen.at(-1)).toMatchObject({ type: 'done', message: { content: ANSWER } });
  });

  test('after any cursor that it gave, and nothing comes twice', async () => {
    await person.chat(conversation, 'What helps?');
    await person.chat(conversation, 'And now?');
    const all = await frames(person.stream(conversation, { query: '?cursor=1.0.0&until=done' }));
    expect(typesOf(all)).toEqual(['accepted', 'chunk', 'done', 'accepted', 'chunk', 'done']);
    for (const [index, frame] of all.entries()) {
      if (!('cursor' in frame)) throw new Error(`${frame.type} has no cursor`);
      const query = `?cursor=${frame.cursor}&until=done`;
      expect(await frames(person.stream(conversation, { query }))).toEqual(all.slice(index + 1));
    }
  });

  test('Last-Event-ID counts more than the address, which EventSource does not change', async () => {
    await person.chat(conversation, 'What helps?');
    const all = await frames(person.stream(conversation, { query: '?cursor=1.0.0&until=done' }));
    const rest = await frames(
      person.stream(conversation, { query: '?cursor=1.0.0&until=done', lastEventId: '1.0.1' }),
    );
    expect(rest).toEqual(all.slice(1));
  });
});

describe('until=done', () => {
  test('answers 204 when nothing runs and nothing follows', async () => {
    expect((await person.call('GET', pathOf('?until=done'))).status).toBe(204);
    await person.chat(conversation, 'What helps?');
    expect((await person.call('GET', pathOf('?until=done'))).status).toBe(204);
    const all = await frames(person.stream(conversation, { query: '?cursor=1.0.0&until=done' }));
    const end = all.at(-1);
    if (end?.type !== 'done') throw new Error(`ended with ${end?.type}`);
    const again = await person.call('GET', pathOf('?until=done&cursor=1.0.0'), undefined, {
      'Last-Event-ID': end.cursor,
    });
    expect(again.status).toBe(204);
  });

  test('ends when all that runs and waits has been told', async () => {
    cluster.ollama.script({ tokensPerSecond: 50 });
    await Promise.all(['one', 'two', 'three'].map((text) => person.send(conversation, text)));
    const seen = await frames(person.stream(conversation, { query: '?until=done&cursor=1.0.0' }));
    expect(seen.filter(({ type }) => type === 'done')).toHaveLength(3);
    expect(seen.at(-1)?.type).toBe('done');
  });
});

describe('who may listen', () => {
  test('a ticket opens one stream, and one only', async () => {
    const issued = await person.call('POST', '/api/stream-tickets');
    expect(issued).toMatchObject({ status: 201, body: { ticket: expect.any(String), expiresIn: 30 } });
    await person.chat(conversation, 'What helps?');
    const path = pathOf(`?until=done&cursor=1.0.0&ticket=${issued.body.ticket}`);
    const nobody = { headers: {} };
    const first = await fetch(person.url + path, nobody);
    expect((await frames(person.events(first))).at(-1)?.type).toBe('done');
    const second = await fetch(person.url + path, nobody);
    expect(second.status).toBe(401);
    expect(second.headers.get('www-authenticate')).toBe('Bearer');
    expect(await second.json()).toMatchObject({ code: 'unauthorized' });
  });

  test('a token may come in the address', async () => {
    await person.chat(conversation, 'What helps?');
    const path = pathOf('?until=done&cursor=1.0.0&token=');
    const seen = await frames(person.events(await fetch(person.url + path + person.token)));
    expect(seen.at(-1)?.type).toBe('done');
    expect((await fetch(`${person.url + path}x`)).status).toBe(401);
  });

  test('a token that expires ends the stream, and not the answer', async () => {
    const { id } = (await person.call('GET', '/api/me')).body;
    const messageId = await sendHalf();
    const token = tokenFor(id, 4);
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const seen = await frames(new Person(person.url, token).stream(conversation));
    const late = Date.now() - exp * 1000;
    expect(seen.at(-1)).toMatchObject({ type: 'error', code: 'token_expired', conversationId: conversation });
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(60_000);
    const { body } = await person.call('GET', `/api/conversations/${conversation}/messages/${messageId}`);
    expect(body).toMatchObject({ status: 'streaming', content: 'Drink hot ' });
    await stop(messageId);
  });

  test('logging out ends the streams of the session', async () => {
    const leaving = await Person.register(person.url);
    const own = await leaving.newConversation();
    const seen: Frame[] = [];
    let left = 0;
    for await (const { frame } of leaving.stream(own)) {
      seen.push(frame);
      if (frame.type !== 'ready') continue;
      expect((await leaving.call('POST', '/api/auth/logout')).status).toBe(204);
      left = Date.now();
    }
    expect(Date.now() - left).toBeLessThan(60_000);
    expect(seen.at(-1)).toMatchObject({ type: 'error', code: 'token_expired' });
    expect((await leaving.call('GET', '/api/me')).status).toBe(401);
  });

  test('deleting the conversation ends its streams, and the answer that is running', async () => {
    await sendHalf();
    const seen: Frame[] = [];
    for await (const { frame } of person.stream(conversation)) {
      seen.push(frame);
      if (frame.type !== 'ready') continue;
      expect((await person.call('DELETE', `/api/conversations/${conversation}`)).status).toBe(204);
    }
    expect(seen.at(-1)).toMatchObject({ type: 'error', code: 'not_found' });
    expect((await person.call('GET', pathOf())).status).toBe(404);
    const isGone = ({ disconnectedAt, tokens }: { disconnectedAt?: number; tokens: number }) =>
      disconnectedAt !== undefined && tokens === 2;
    await cluster.ollama.when(isGone);
  });
});

test('a silent model is told as `thinking`, and a message behind its answer as `waiting`', async () => {
  cluster.ollama.script({ text: 'word '.repeat(40), tokensPerSecond: 10, firstTokenMs: 2000 });
  const response = await person.open('GET', pathOf(''), undefined, { Accept: 'text/event-stream' });
  const first = await person.send(conversation, 'one');
  const second = await person.send(conversation, 'two');
  const events = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream());
  let text = '';
  for await (const piece of events) {
    text += piece;
    if (text.includes('"thinking"') && text.includes('"waiting"')) break;
  }
  const frames = text
    .split('\n\n')
    .filter((event) => event.includes('"thinking"') || event.includes('"waiting"'));
  // Signs have no id: `Last-Event-ID` stays the last cursor.
  for (const event of frames) expect(event).toMatch(/^data: /);
  const said = frames.map((event) => JSON.parse(event.slice('data: '.length)));
  expect(said).toContainEqual({
    type: 'thinking',
    conversationId: conversation,
    messageId: first.body.message.id,
  });
  expect(said).toContainEqual({
    type: 'waiting',
    conversationId: conversation,
    messageId: second.body.message.id,
    ahead: 1,
  });
});
