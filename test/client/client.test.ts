import {
  type BrowserStorage,
  browserOutbox,
  createClient,
  createSession,
  type Platform,
} from '../../src/client/index.js';
import { settled, VirtualTime } from './virtual-time.js';

/** A server that receives requests and answers none. */
function silent(): { time: VirtualTime; platform: Partial<Platform>; signals: AbortSignal[] } {
  const time = new VirtualTime();
  const signals: AbortSignal[] = [];
  const fetch: Platform['fetch'] = (_input, init) =>
    new Promise((_resolve, reject) => {
      const { signal } = init ?? {};
      if (!signal) return;
      signals.push(signal);
      signal.addEventListener('abort', () => reject(new TypeError('aborted')));
    });
  const onWake = (): (() => void) => () => {};
  return { time, signals, platform: { fetch, onWake, now: time.now, setTimer: time.setTimer } };
}

test('a client asks the server for nothing by itself', async () => {
  const { time, platform, signals } = silent();
  const client = createClient({ url: 'http://server', token: 't', platform });
  expect(client.conversation('c').view).toMatchObject({ state: 'connecting', messages: [], transport: null });
  await settled();
  expect({ requests: signals.length, timers: time.pending }).toEqual({ requests: 0, timers: 0 });
});

test('a closed client leaves no request and no timer', async () => {
  const { time, platform, signals } = silent();
  const client = createClient({ url: 'http://server', token: 't', platform });
  const conversation = client.conversation('c');
  const sent = conversation.send({ text: 'hello' }).catch((error: unknown) => error);
  const list = client.conversations.list().catch((error: unknown) => error);
  await settled();
  expect(signals).toHaveLength(3);
  client.close();
  expect(await Promise.all([sent, list])).toMatchObject([{ name: 'ClientError' }, { name: 'ClientError' }]);
  await settled();
  expect(signals.every(({ aborted }) => aborted)).toBe(true);
  expect(time.pending).toBe(0);
});

test('a request without a response fails after 30 s', async () => {
  const { time, platform } = silent();
  const client = createClient({ url: 'http://server', token: 't', platform });
  const list = expect(client.conversations.list()).rejects.toMatchObject({ problem: { code: 'network' } });
  await time.pass(30_000);
  await list;
});

test.each([
  [
    'https://www.example.org',
    'http://server',
    /^the server was not reached\. If .* pages of https:\/\/www\.example\.org: .* CORS_ORIGINS$/,
  ],
  ['http://server', 'http://server', /^the server was not reached$/],
  ['http://server', 'http://server/chat/', /^the server was not reached$/],
  [undefined, 'http://server', /^the server was not reached$/],
])('a page of %s that does not reach %s gets the likely cause', async (origin, url, message) => {
  const fetch: Platform['fetch'] = () => Promise.reject(new TypeError('Failed to fetch'));
  const platform = { fetch, pageOrigin: () => origin };
  const { conversations } = createClient({ url, token: 't', platform });
  await expect(conversations.list()).rejects.toMatchObject({
    problem: { code: 'network', message: expect.stringMatching(message) },
  });
  const session = createSession({ url, platform });
  await expect(session.demo()).rejects.toThrow(message);
});

test('frames has all of an answer that ended before the first page came', async () => {
  const time = new VirtualTime();
  const common = { conversationId: 'c', attachments: [], createdAt: '2026-01-01T00:00:00.000Z' };
  const names = { client_message_id: 'k' };
  const userMessage = { ...common, ...names, id: 'u', role: 'user', content: 'hi', status: 'complete' };
  const message = {
    ...common,
    ...names,
    id: 'a',
    role: 'assistant',
    replyTo: 'u',
    content: '',
    status: 'queued',
  };
  const ended = { ...message, content: 'hi', status: 'complete', completedAt: common.createdAt };
  let sendPage = (): void => {};
  const fetch: Platform['fetch'] = async (_input, init) => {
    if (init?.method === 'POST') {
      return Response.json({ userMessage, message, duplicate: false, cursor: '1.0.0' }, { status: 202 });
    }
    // The page comes after the message was answered.
    await new Promise<void>((resolve) => {
      sendPage = resolve;
    });
    return Response.json({ items: [userMessage, ended], nextCursor: null, streamCursor: '1.1.3' });
  };
  const platform = { fetch, now: time.now, setTimer: time.setTimer, onWake: () => () => {} };
  const client = createClient({ url: 'http://server', token: 't', transports: ['polling'], platform });
  const conversation = client.conversation('c');
  const frames = conversation.frames();
  await conversation.send({ text: 'hi', clientMessageId: 'k' });
  sendPage();
  const types: string[] = [];
  for await (const { type } of frames) {
    types.push(type);
    if (type === 'done') break;
  }
  expect(types).toEqual(['accepted', 'chunk', 'done']);
  client.close();
});

test('listeners are called once for changes that happen together', async () => {
  const { platform } = silent();
  const client = createClient({ url: 'http://server', token: 't', platform });
  const conversation = client.conversation('c');
  let calls = 0;
  const leave = conversation.subscribe(() => {
    calls++;
  });
  await settled();
  calls = 0;
  const before = conversation.view;
  expect(conversation.view).toBe(before);
  for (const text of ['a', 'b', 'c']) conversation.send({ text }).catch(() => {});
  expect(conversation.view.messages).toHaveLength(3);
  expect(before.messages).toEqual([]);
  await settled();
  expect(calls).toBe(1);
  leave();
  conversation.discard(conversation.view.messages[0]?.id ?? '');
  await settled();
  expect(calls).toBe(1);
  client.close();
});

test('a browser outbox is shared by all tabs, and leaves nothing in the storage', async () => {
  const kept = new Map<string, string>();
  const storage: BrowserStorage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
  const [here, there] = [browserOutbox('veda', storage), browserOutbox('veda', storage)];
  const entry = {
    conversationId: 'c',
    text: 'hello',
    attachments: [],
    whenBusy: 'queue' as const,
    createdAt: '2026-01-01T00:00:00.000Z',
  };
  await here.put({ ...entry, clientMessageId: '1' });
  await there.put({ ...entry, clientMessageId: '2' });
  await here.put({ ...entry, clientMessageId: '2' });
  expect((await there.load('c')).map(({ clientMessageId }) => clientMessageId)).toEqual(['1', '2']);
  expect(await here.load('another')).toEqual([]);
  await there.remove('c', '1');
  await here.remove('c', '2');
  expect(kept.size).toBe(0);
});
