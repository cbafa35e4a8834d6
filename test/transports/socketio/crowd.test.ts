import { startTestApp, type TestApp } from '../../support/app.js';
import { Person } from '../../support/client.js';
import { sized } from '../../support/size.js';
import { Client, type Options } from './client.js';

/** Every way in which a cut could hurt. */
const WORDS = ['नमस्ते,', 'e\u0301a\u0308', '👩🏽‍⚕️🩺', 'plain', '漢字', '€', '\n\n'];
const TOKENS_PER_SECOND = 200;

let app: TestApp;
let person: Person;
let conversationId: string;
let clients: Client[] = [];

beforeAll(async () => {
  app = await startTestApp({ DEV_LLM_TOKENS_PER_SECOND: String(TOKENS_PER_SECOND) });
  person = await Person.register(app.url);
});

beforeEach(async () => {
  conversationId = await person.newConversation();
});

afterEach(() => {
  for (const client of clients) client.close();
  clients = [];
});

afterAll(() => app.stop());

function text(words: number): string {
  return Array.from({ length: words }, (_, index) => WORDS[(index * 5) % WORDS.length]).join(' ');
}

/** The client has the answer of this conversation: whole, once, to the byte. */
async function hasAnswer(client: Client, id = conversationId): Promise<void> {
  const { messageId, message } = await client.next('done', id);
  expect(client.transcript(id).textOf(messageId)).toBe(message.content);
  const moves = client.frames.filter((frame) => frame.type === 'accepted' || frame.type === 'done');
  expect(moves.filter(({ conversationId }) => conversationId === id)).toHaveLength(2);
}

const CROWD = sized(25, 50);
const LONG = text(800);

/** Joins when the answer has come so far for the first, over any transport, with any kind of place. */
async function joinAt(index: number, first: Client): Promise<Client> {
  const { messageId } = await first.next('accepted');
  const share = (0.8 * index) / CROWD;
  const textOfFirst = () => first.transcript(conversationId).textOf(messageId);
  await first.when(() => textOfFirst().length >= share * LONG.length || undefined);
  const options: Options[] = [{}, { transports: ['polling'] }, { transports: ['polling', 'websocket'] }];
  const client = Client.of(person, options[index % 3]);
  clients.push(client);
  const places = [{}, { cursor: '1.0.0' }, { lastMessageId: messageId }];
  const place = places[Math.floor(index / 3) % 3];
  expect(await client.ask('join', { conversationId, ...place })).toMatchObject({ ok: true });
  if (index % 5 === 0) {
    await client.next('chunk');
    await client.ask('leave', { conversationId });
    const { cursor } = client.transcript(conversationId);
    await client.ask('resume', { conversationId, cursor });
  }
  return client;
}

test(`${CROWD} sockets that join an answer at any moment, anyhow, each have it once`, async () => {
  const first = await Client.joined(person, conversationId);
  clients.push(first);
  await first.ask('message', { conversationId, text: LONG });
  const joined = await Promise.all(Array.from({ length: CROWD }, (_, index) => joinAt(index, first)));
  for (const client of [first, ...joined]) {
    const { messageId, message } = await client.next('done');
    expect(client.transcript(conversationId).textOf(messageId)).toBe(message.content);
    expect(client.frames.filter(({ type }) => type === 'done')).toHaveLength(1);
    expect(client.frames.filter(({ type }) => type === 'accepted').length).toBeLessThanOrEqual(1);
  }
});

test('an answer that begins over polling and goes on over a WebSocket stays whole', async () => {
  const upgraded = jest.fn();
  for (let round = 0; round < 5; round++) {
    const id = await person.newConversation();
    const client = Client.of(person, { transports: ['polling', 'websocket'] });
    clients.push(client);
    client.socket.io.engine.on('upgrade', upgraded);
    await client.ask('join', { conversationId: id });
    await client.ask('message', { conversationId: id, text: text(60) });
    await hasAnswer(client, id);
  }
  expect(upgraded).toHaveBeenCalledTimes(5);
});

/** Sockets that connect at once. Each has a limit of some seconds, which a slow machine would miss with more. */
const SOCKETS = sized(60, 200);

test(`${SOCKETS} sockets in one conversation all have the answer`, async () => {
  clients = await Promise.all(Array.from({ length: SOCKETS }, () => Client.joined(person, conversationId)));
  await clients[0]?.ask('message', { conversationId, text: text(100) });
  for (const client of clients) await hasAnswer(client);
});

test(`${SOCKETS} sockets each in its own conversation each have theirs`, async () => {
  const ids = await Promise.all(Array.from({ length: SOCKETS }, () => person.newConversation()));
  clients = await Promise.all(ids.map((id) => Client.joined(person, id)));
  const ask = async (client: Client, id: string | undefined) => {
    const text = `${id} and more`;
    await client.ask('message', { conversationId: id, text });
    await hasAnswer(client, id);
    expect(client.frames.every((frame) => frame.conversationId === id)).toBe(true);
    expect((await client.next('done')).message.content.startsWith(text)).toBe(true);
  };
  await Promise.all(clients.map((client, index) => ask(client, ids[index])));
});
