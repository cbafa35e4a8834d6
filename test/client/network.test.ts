import type { Conversation, TransportName, View } from '../../src/client/index.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Person } from '../support/client.js';
import { type OfficeProxy, startOfficeProxy } from '../support/office-proxy.js';
import { answers, Clients, hasEnded, isLive, viewWhere } from './support.js';

const TEXT = 'पानी 👩🏽‍⚕️ and a few more words, so that there is a middle. '.repeat(3).trim();

let app: TestApp;
let proxy: OfficeProxy;
let person: Person;
const clients = new Clients();

beforeAll(async () => {
  app = await startTestApp({ DEV_LLM_TOKENS_PER_SECOND: '60' });
});

beforeEach(async () => {
  proxy = await startOfficeProxy(app.url);
  person = (await Person.register(app.url)).at(proxy.url);
});

afterEach(async () => {
  clients.closeAll();
  await proxy.stop();
});

afterAll(() => app.stop());

/** A platform whose time runs 20 times as fast, so that time-outs are short. */
const FAST_CLOCK = {
  now: () => performance.now() * 20,
  setTimer(ms: number, fire: () => void) {
    const timer = setTimeout(fire, ms / 20);
    return () => clearTimeout(timer);
  },
};

function openAnswer({ messages }: View): string {
  return messages.findLast(({ role }) => role === 'assistant')?.content ?? '';
}

/** Sends, and resolves when some of the answer is shown. */
async function inMidAnswer(conversation: Conversation): Promise<string> {
  const { messageId } = await conversation.send({ text: TEXT });
  await viewWhere(conversation, (view) => openAnswer(view).length > 10);
  return messageId;
}

async function expectWhole(conversation: Conversation, messageId: string): Promise<void> {
  const view = await viewWhere(conversation, hasEnded(messageId));
  const { body } = await person
    .at(app.url)
    .call('GET', `/api/conversations/${conversation.id}/messages/${messageId}`);
  expect(view.messages.find(({ id }) => id === messageId)).toEqual({ ...body, stopping: false });
  expect(body.content.startsWith(TEXT)).toBe(true);
}

describe.each<TransportName>(['socketio', 'websocket', 'sse', 'polling'])('over %s', (transport) => {
  test('an answer survives any number of broken connections', async () => {
    const conversation = clients
      .of(person, { transports: [transport] })
      .conversation(await person.newConversation());
    await viewWhere(conversation, isLive);
    const messageId = await inMidAnswer(conversation);
    for (const length of [20, 30]) {
      proxy.cut();
      // Between two requests polling has nothing that could break.
      if (transport !== 'polling') await viewWhere(conversation, ({ state }) => state !== 'live');
      await viewWhere(conversation, (view) => openAnswer(view).length > length || hasEnded(messageId)(view));
    }
    await expectWhole(conversation, messageId);
  });
});

test('without WebSockets it uses SSE', async () => {
  proxy.upgrades = false;
  const conversation = clients.of(person).conversation(await person.newConversation());
  expect((await viewWhere(conversation, isLive)).transport).toBe('sse');
  await expectWhole(conversation, await inMidAnswer(conversation));
});

test('where no stream works it uses polling', async () => {
  proxy.upgrades = false;
  proxy.buffers = true;
  const conversation = clients
    .of(person, { platform: FAST_CLOCK })
    .conversation(await person.newConversation());
  expect((await viewWhere(conversation, isLive)).transport).toBe('polling');
  await expectWhole(conversation, await inMidAnswer(conversation));
});

test('a better transport replaces the other when it works, and text neither stops nor shrinks', async () => {
  proxy.upgrades = false;
  const conversation = clients
    .of(person, { platform: FAST_CLOCK })
    .conversation(await person.newConversation());
  expect((await viewWhere(conversation, isLive)).transport).toBe('sse');
  const states = new Set<string>();
  const lengths: number[] = [];
  conversation.subscribe(() => {
    states.add(conversation.view.state);
    lengths.push(openAnswer(conversation.view).length);
  });
  const messageId = await inMidAnswer(conversation);
  proxy.upgrades = true;
  await viewWhere(conversation, ({ transport }) => transport === 'socketio');
  await expectWhole(conversation, messageId);
  expect([...states]).toEqual(['live']);
  expect(lengths).toEqual(lengths.toSorted((one, other) => one - other));
});

test('one answer over all transports, one after the other', async () => {
  const conversation = clients.of(person).conversation(await person.newConversation());
  await viewWhere(conversation, isLive);
  const messageId = await inMidAnswer(conversation);
  for (const transport of ['polling', 'websocket', 'sse', 'socketio'] as const) {
    conversation.use(transport);
    await viewWhere(conversation, (view) => view.transport === transport && isLive(view));
  }
  await expectWhole(conversation, messageId);
  conversation.use('auto');
  expect((await viewWhere(conversation, isLive)).transport).toBe('socketio');
});

test('a message whose response is lost is stored once', async () => {
  const conversation = clients.of(person).conversation(await person.newConversation());
  await viewWhere(conversation, isLive);
  proxy.loseReplyTo = 'POST';
  const { messageId } = await conversation.send({ text: TEXT });
  await expectWhole(conversation, messageId);
  expect(conversation.view.messages).toHaveLength(2);
});

test('a message whose response is lost is sent again over polling, and stored once', async () => {
  const conversation = clients
    .of(person, { transports: ['polling'], platform: FAST_CLOCK })
    .conversation(await person.newConversation());
  proxy.loseReplyTo = 'POST';
  const { duplicate } = await conversation.send({ text: TEXT });
  const posts = proxy.requests.filter(
    (line) => line === `POST /api/conversations/${conversation.id}/messages`,
  );
  // Either the page showed it, or the second request said so.
  expect(duplicate ? [2] : [1, 2]).toContain(posts.length);
  expect(answers(await viewWhere(conversation, isLive))).toHaveLength(1);
});

test('while no server answers it is offline, and shows when the next try is', async () => {
  const conversation = clients.of(person).conversation(await person.newConversation());
  await viewWhere(conversation, isLive);
  proxy.target = 'http://127.0.0.1:9';
  proxy.cut();
  const { retryAt, error } = await viewWhere(conversation, ({ state }) => state === 'offline');
  expect(retryAt).toBeGreaterThan(Date.now() - 60_000);
  expect(error).toMatchObject({ code: 'network', retryable: true });
  const sent = conversation.send({ text: TEXT });
  proxy.target = app.url;
  conversation.wake();
  expect((await viewWhere(conversation, isLive)).retryAt).toBeNull();
  await expectWhole(conversation, (await sent).messageId);
});
