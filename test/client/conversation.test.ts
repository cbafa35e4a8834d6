import { randomUUID } from 'node:crypto';
import type { Conversation, TransportName, View } from '../../src/client/index.js';
import { memoryOutbox } from '../../src/client/index.js';
import type { Frame } from '../../src/protocol/frames.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Person } from '../support/client.js';
import { SECRET, tokenFor } from '../support/token.js';
import { answers, Clients, hasEnded, isLive, viewWhere } from './support.js';

const LONG = 'a sentence of words that takes its time '.repeat(20).trim();
/** Its answer takes a minute, so that it still runs when a slow machine comes to stop it. */
const ENDLESS = 'a sentence of words that takes its time '.repeat(750).trim();

let app: TestApp;
let person: Person;
let id: string;
const clients = new Clients();

beforeAll(async () => {
  app = await startTestApp({ DEV_LLM_TOKENS_PER_SECOND: '100', JWT_SECRET: SECRET });
});

beforeEach(async () => {
  person = await Person.register(app.url);
  id = await person.newConversation();
});

afterEach(() => clients.closeAll());
afterAll(() => app.stop());

/** Resolves when some of this answer is shown. */
function begins(conversation: Conversation, messageId: string): Promise<View> {
  return viewWhere(conversation, ({ messages }) =>
    messages.some((message) => message.id === messageId && message.content !== ''),
  );
}

const TRANSPORTS: readonly TransportName[] = ['socketio', 'websocket', 'sse', 'polling'];

describe.each(TRANSPORTS)('over %s', (transport) => {
  test('a running answer is stopped, and a queued one too', async () => {
    const conversation = clients.of(person, { transports: [transport] }).conversation(id);
    await viewWhere(conversation, isLive);
    const { messageId } = await conversation.send({ text: ENDLESS });
    await begins(conversation, messageId);
    const waiting = await conversation.send({ text: 'and then?' });
    await conversation.stop(waiting.messageId);
    await conversation.stop();
    const isStopping = ({ messages }: View) => messages.some(({ stopping }) => stopping);
    await viewWhere(conversation, (view) => isStopping(view) || hasEnded(messageId)(view));
    await viewWhere(conversation, hasEnded(messageId));
    const { messages } = await viewWhere(conversation, hasEnded(waiting.messageId));
    expect(messages.map(({ status, stopping }) => ({ status, stopping }))).toEqual([
      { status: 'complete', stopping: false },
      { status: 'stopped', stopping: false },
      { status: 'complete', stopping: false },
      { status: 'stopped', stopping: false },
    ]);
    // There is nothing to stop any more.
    await conversation.stop();
  });

  test('regenerate adds another answer at the end', async () => {
    const conversation = clients.of(person, { transports: [transport] }).conversation(id);
    const first = await conversation.send({ text: 'one' });
    await viewWhere(conversation, hasEnded(first.messageId));
    const second = await conversation.send({ text: 'two' });
    await viewWhere(conversation, hasEnded(second.messageId));
    const { messageId, userMessage } = await conversation.regenerate(first.messageId);
    expect(userMessage.id).toBe(first.userMessage.id);
    const { messages } = await viewWhere(conversation, hasEnded(messageId));
    expect(messages.map((message) => message.content.split('\n')[0])).toEqual([
      'one',
      'one',
      'two',
      'two',
      'one',
    ]);
  });

  test('when the conversation is deleted, the view closes with not_found', async () => {
    const client = clients.of(person, { transports: [transport] });
    const conversation = client.conversation(id);
    await viewWhere(conversation, isLive);
    await client.conversations.remove(id);
    const { error } = await viewWhere(conversation, ({ state }) => state === 'closed');
    expect(error).toMatchObject({ code: 'not_found', retryable: false });
    await expect(conversation.send({ text: 'hello?' })).rejects.toMatchObject({
      problem: { code: 'not_found' },
    });
  });

  test('a token that expires during an answer is replaced, and the answer continues', async () => {
    const { id: userId } = (await person.call('GET', '/api/me')).body;
    const brief = tokenFor(userId, 2);
    let token = brief;
    const getToken = async (refused?: string): Promise<string> => {
      if (refused === token) token = tokenFor(userId);
      return token;
    };
    const conversation = clients.of(person, { transports: [transport], getToken }).conversation(id);
    const { messageId } = await conversation.send({ text: LONG + LONG + LONG });
    const { messages, error } = await viewWhere(conversation, hasEnded(messageId));
    expect(messages.at(-1)?.content.startsWith(LONG)).toBe(true);
    expect(error).toBeNull();
    expect(token).not.toBe(brief);
  });
});

test('two clients show the same messages, whichever sends', async () => {
  const [one, other] = [clients.of(person), clients.of(person, { transports: ['websocket'] })];
  const [here, there] = [one.conversation(id), other.conversation(id)];
  await Promise.all([viewWhere(here, isLive), viewWhere(there, isLive)]);
  const sent = await Promise.all([
    ...['a', 'b', 'c'].map((text) => here.send({ text })),
    ...['x', 'y', 'z'].map((text) => there.send({ text })),
  ]);
  for (const { messageId } of sent) {
    await Promise.all([viewWhere(here, hasEnded(messageId)), viewWhere(there, hasEnded(messageId))]);
  }
  expect(here.view.messages).toEqual(there.view.messages);
  const { items } = (await person.call('GET', `/api/conversations/${id}/messages`)).body;
  expect(here.view.messages.map((message) => message.id)).toEqual(
    items.map((item: { id: string }) => item.id),
  );
  const asked = here.view.messages.filter(({ role }) => role === 'user').map(({ content }) => content);
  expect(asked.filter((text) => 'abc'.includes(text))).toEqual(['a', 'b', 'c']);
  expect(asked.filter((text) => 'xyz'.includes(text))).toEqual(['x', 'y', 'z']);
});

test('a message is shown at once, and the stored one replaces it', async () => {
  const conversation = clients.of(person).conversation(id);
  await viewWhere(conversation, isLive);
  const shown: string[] = [];
  conversation.subscribe(() => {
    shown.push(conversation.view.messages.map(({ content, role }) => role + content.slice(0, 2)).join());
  });
  const sending = conversation.send({ text: 'hi', clientMessageId: 'mine' });
  expect(conversation.view.messages).toMatchObject([
    { role: 'user', status: 'sending', content: 'hi', client_message_id: 'mine' },
  ]);
  const { messageId, userMessage } = await sending;
  expect(userMessage.client_message_id).toBe('mine');
  await viewWhere(conversation, hasEnded(messageId));
  // Never twice, and never missing.
  for (const messages of shown) expect(messages.match(/userhi/g)).toHaveLength(1);
});

test.each(['before', 'after'])(
  'an answer is stopped though the first page, read %s its message, comes late',
  async (when) => {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const holding = async (...[input, init]: Parameters<typeof fetch>): Promise<Response> => {
      const isPage = (init?.method ?? 'GET') === 'GET';
      if (isPage && when === 'after') await released;
      const response = await fetch(input, init);
      if (isPage) await released;
      return response;
    };
    const conversation = clients.of(person, { platform: { fetch: holding } }).conversation(id);
    const { messageId } = await conversation.send({ text: ENDLESS });
    const stopped = conversation.stop();
    release();
    await stopped;
    const { messages } = await viewWhere(conversation, hasEnded(messageId));
    expect(messages.map(({ status }) => status)).toEqual(['complete', 'stopped']);
  },
);

test('messages that were not sent before a reload are sent after it, in order, before new ones', async () => {
  const outbox = memoryOutbox();
  const platform = { fetch: (async () => Promise.reject(new TypeError('offline'))) as typeof fetch };
  const before = clients.of(person, { outbox, platform }).conversation(id);
  const lost = ['1', '2', '3'].map((text) => before.send({ text }).catch((error: unknown) => error));
  await viewWhere(before, ({ state }) => state === 'offline');
  clients.closeAll();
  for (const error of await Promise.all(lost)) expect(error).toMatchObject({ problem: { code: 'network' } });

  const after = clients.of(person, { outbox }).conversation(id);
  const { messageId } = await after.send({ text: '4' });
  const { messages } = await viewWhere(after, hasEnded(messageId));
  expect(messages.filter(({ role }) => role === 'user').map(({ content }) => content)).toEqual([
    '1',
    '2',
    '3',
    '4',
  ]);
  expect(await outbox.load(id)).toEqual([]);
});

test('a message whose response was lost before a reload is not shown twice after it', async () => {
  const outbox = memoryOutbox();
  const fields = { client_message_id: randomUUID() };
  const { body } = await person.send(id, 'said', fields);
  await outbox.put({
    conversationId: id,
    clientMessageId: fields.client_message_id,
    text: 'said',
    attachments: [],
    whenBusy: 'queue',
    createdAt: new Date().toISOString(),
  });
  const conversation = clients.of(person, { outbox }).conversation(id);
  const { messages } = await viewWhere(conversation, hasEnded(body.message.id));
  expect(messages).toHaveLength(2);
  await viewWhere(conversation, isLive);
  expect(await outbox.load(id)).toEqual([]);
});

test('a message that is refused for good shows its error, can be sent again and discarded', async () => {
  const conversation = clients.of(person).conversation(id);
  const first = await conversation.send({ text: ENDLESS });
  const refused = conversation.send({ text: 'now!', whenBusy: 'reject', clientMessageId: 'now' });
  await expect(refused).rejects.toMatchObject({ status: 409, problem: { code: 'busy', retryable: true } });
  expect(conversation.view.messages.at(-1)).toMatchObject({ status: 'refused', error: { code: 'busy' } });
  await conversation.stop();
  await viewWhere(conversation, hasEnded(first.messageId));
  const { messageId } = await conversation.retry('now');
  await viewWhere(conversation, hasEnded(messageId));

  await expect(conversation.send({ text: '' })).rejects.toMatchObject({ problem: { code: 'bad_request' } });
  const wrong = conversation.view.messages.at(-1);
  expect(wrong?.status).toBe('refused');
  conversation.discard(wrong?.client_message_id ?? '');
  expect(conversation.view.messages).toHaveLength(4);
});

test('a send over the rate limit says so and until when, while the conversation stays live', async () => {
  const limited = await startTestApp({ RATE_LIMIT_MESSAGES_PER_MINUTE: '2' });
  try {
    const busy = await Person.register(limited.url);
    const conversation = clients.of(busy).conversation(await busy.newConversation());
    await viewWhere(conversation, isLive);
    const errors: unknown[] = [];
    conversation.onError((error, from) => errors.push([error.code, from]));
    const sent = ['one', 'two', 'three'].map((text) =>
      conversation.send({ text, clientMessageId: text }).catch((error: unknown) => error),
    );
    const { state, error, sendError, messages } = await viewWhere(
      conversation,
      (view) => view.sendError?.code === 'rate_limited',
    );
    expect({ state, error }).toEqual({ state: 'live', error: null });
    expect(sendError?.retryAt).toBeGreaterThan(Date.now());
    expect(messages.at(-1)).toMatchObject({ content: 'three', status: 'sending', error: sendError });
    expect(errors).toEqual([['rate_limited', 'send']]);
    conversation.discard('three');
    expect(conversation.view.sendError).toBeNull();
    await expect(Promise.all(sent)).resolves.toMatchObject([{}, {}, { problem: { code: 'network' } }]);
  } finally {
    clients.closeAll();
    await limited.stop();
  }
});

test('an earlier page is added before the messages', async () => {
  for (let index = 0; index < 30; index++) await person.send(id, `${index}`);
  const conversation = clients.of(person).conversation(id);
  await viewWhere(conversation, ({ messages }) =>
    messages.every((message) => message.role === 'user' || message.completedAt !== undefined),
  );
  await viewWhere(conversation, isLive);
  expect(conversation.view).toMatchObject({ hasEarlier: true });
  const { length } = conversation.view.messages;
  await Promise.all([conversation.loadEarlier(), conversation.loadEarlier()]);
  expect(conversation.view).toMatchObject({ hasEarlier: false });
  expect(conversation.view.messages.length).toBeGreaterThan(length);
  const asked = conversation.view.messages.filter(({ role }) => role === 'user');
  expect(asked.map(({ content }) => content)).toEqual(Array.from({ length: 30 }, (_, index) => `${index}`));
  await conversation.loadEarlier();
});

test('frames are an iterable, until it is ended', async () => {
  const conversation = clients.of(person).conversation(id);
  await viewWhere(conversation, isLive);
  const frames: Frame[] = [];
  const enough = new AbortController();
  const stream = conversation.frames(enough.signal);
  const { messageId } = await conversation.send({ text: 'hello there' });
  for await (const frame of stream) {
    frames.push(frame);
    if (frame.type === 'done') enough.abort();
  }
  expect(frames[0]).toMatchObject({ type: 'accepted', messageId });
  const text = frames.map((frame) => (frame.type === 'chunk' ? frame.data : '')).join('');
  expect(text).toBe(answers(conversation.view)[0]?.content);
  const rest = conversation.frames();
  conversation.close();
  for await (const frame of rest) expect(frame).toBeUndefined();
});

test('somebody else’s conversation closes at once', async () => {
  const stranger = clients.of(await Person.register(app.url)).conversation(id);
  const { error, messages } = await viewWhere(stranger, ({ state }) => state === 'closed');
  expect(error).toMatchObject({ code: 'not_found' });
  expect(messages).toEqual([]);
});

test('an invalid token closes the conversation', async () => {
  const conversation = clients.of(person, { token: 'no token' }).conversation(id);
  const { error } = await viewWhere(conversation, ({ state }) => state === 'closed');
  expect(error).toMatchObject({ code: 'unauthorized' });
});

test('conversations are listed, named and removed', async () => {
  const { conversations } = clients.of(person);
  const { id: made } = await conversations.create('first');
  expect(await conversations.rename(made, 'second')).toMatchObject({ id: made, title: 'second' });
  expect(await conversations.get(made)).toMatchObject({ title: 'second' });
  const page = await conversations.list({ limit: 1 });
  expect(page.items).toMatchObject([{ id: made }]);
  const { items } = await conversations.list({ cursor: page.nextCursor ?? '' });
  expect(items).toMatchObject([{ id }]);
  await conversations.remove(made);
  await expect(conversations.get(made)).rejects.toMatchObject({
    status: 404,
    problem: { code: 'not_found' },
  });
});

test('pinned conversations come first, archived ones are in a list of their own, and pages have each once', async () => {
  const own = await Person.register(app.url);
  const { conversations } = clients.of(own);
  const made: string[] = [];
  for (const title of ['a', 'b', 'c', 'd', 'e']) made.push((await conversations.create(title)).id);
  const [a = '', b = '', , d = ''] = made;
  expect(await conversations.pin(a)).toMatchObject({ title: 'a', pinned: true });
  expect(await conversations.pin(b)).toMatchObject({ title: 'b', pinned: true });
  expect(await conversations.archive(d)).toMatchObject({ title: 'd', archived: true });
  const titles = async (archived?: boolean): Promise<string> => {
    const all: (string | null)[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await conversations.list({
        limit: 1,
        ...(cursor !== undefined && { cursor }),
        ...(archived !== undefined && { archived }),
      });
      all.push(...page.items.map(({ title }) => title));
      cursor = page.nextCursor;
    }
    return all.join('');
  };
  expect([await titles(), await titles(true)]).toEqual(['baec', 'd']);
  await conversations.pin(b, false);
  await conversations.archive(d, false);
  expect([await titles(), await titles(true)]).toEqual(['aedcb', '']);
  expect(await conversations.get(b)).not.toHaveProperty('pinned');
  expect((await own.call('PATCH', `/api/conversations/${b}`, {})).status).toBe(400);
});

test('a conversation is one object until it is closed', () => {
  const client = clients.of(person);
  const conversation = client.conversation(id);
  expect(client.conversation(id)).toBe(conversation);
  conversation.close();
  expect(conversation.view.state).toBe('closed');
  expect(client.conversation(id)).not.toBe(conversation);
});
