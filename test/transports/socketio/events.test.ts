import { DISCLAIMER } from '../../../src/generation/disclaimer.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Person } from '../../support/client.js';
import { Client } from './client.js';

const TEXT = 'Zwei Gläser 🙂 täglich';
const ANSWER = `${TEXT}\n\n${DISCLAIMER}`;

let app: TestApp;
let person: Person;
let conversationId: string;
const clients: Client[] = [];

beforeAll(async () => {
  app = await startTestApp();
});

beforeEach(async () => {
  person = await Person.register(app.url);
  conversationId = await person.newConversation();
});

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

afterAll(() => app.stop());

function connect(): Client {
  const client = Client.of(person);
  clients.push(client);
  return client;
}

async function joined(place: object = {}): Promise<Client> {
  const client = connect();
  expect(await client.ask('join', { conversationId, ...place })).toMatchObject({ ok: true });
  await client.next('ready');
  return client;
}

const typesOf = ({ frames }: Client) => frames.map(({ type }) => type);

describe.each([['websocket'], ['polling']])('over %s', (transport) => {
  it('answers a message in the acknowledgement and streams the answer to every device', async () => {
    const devices = await Promise.all(
      [1, 2].map(() => Client.joined(person, conversationId, { transports: [transport] })),
    );
    clients.push(...devices);
    const sent = await devices[0]?.ask('message', { conversationId, text: TEXT, client_message_id: 'one' });
    expect(sent).toMatchObject({
      ok: true,
      duplicate: false,
      userMessage: { role: 'user', content: TEXT, client_message_id: 'one' },
    });
    for (const device of devices) {
      const { message, messageId } = await device.next('done');
      expect(messageId).toBe(sent?.['messageId']);
      expect(message.content).toBe(ANSWER);
      expect(device.transcript(conversationId).textOf(messageId)).toBe(ANSWER);
      expect(typesOf(device).slice(0, 3)).toEqual(['ready', 'accepted', 'chunk']);
      const accepted = await device.next('accepted');
      expect(accepted).toMatchObject({ messageId, client_message_id: 'one', cursor: '1.0.1' });
    }
  });
});

describe('message', () => {
  it('is taken for a conversation that was not joined', async () => {
    const client = connect();
    const { messageId } = await client.ask('message', { conversationId, text: TEXT });
    await client.ask('join', { conversationId, cursor: '1.0.0' });
    expect((await client.next('done')).messageId).toBe(messageId);
  });

  it('sent again is a duplicate with the same ids', async () => {
    const client = await joined();
    const message = { conversationId, text: TEXT, client_message_id: 'one' };
    const first = await client.ask('message', message);
    const again = await client.ask('message', message);
    expect(again).toMatchObject({ ok: true, duplicate: true, messageId: first['messageId'] });
    expect(await client.refusal('message', { ...message, text: 'other' })).toBe('idempotency_mismatch');
  });
});

describe('join', () => {
  let messageId: string;

  beforeEach(async () => {
    messageId = (await person.chat(conversationId, TEXT)).id;
  });

  const bytes = (text: string) => Buffer.byteLength(text);

  it.each([
    ['at the beginning', { cursor: '1.0.0' }, ['accepted', 'chunk', 'done', 'ready'], ANSWER],
    ['after a cursor', { cursor: `1.1.${bytes('Zwei Gl')}` }, ['chunk', 'done', 'ready'], ANSWER.slice(7)],
    ['without a place', {}, ['ready'], ''],
  ])('%s', async (_where, place, types, text) => {
    const client = await joined(place);
    expect(typesOf(client)).toEqual(types);
    expect(client.transcript(conversationId).textOf(messageId)).toBe(text);
  });

  it('after a message, or so much of it', async () => {
    const whole = await joined({ lastMessageId: messageId });
    expect(typesOf(whole)).toEqual(['reset', 'chunk', 'done', 'ready']);
    const part = await joined({ lastMessageId: messageId, received: 'Zwei Gläser 🙂'.length });
    expect(typesOf(part)).toEqual(['chunk', 'done', 'ready']);
    expect(part.transcript(conversationId).textOf(messageId)).toBe(ANSWER.slice('Zwei Gläser 🙂'.length));
  });

  it('says where it begins', async () => {
    const client = connect();
    const { cursor } = await client.ask('join', { conversationId });
    expect(cursor).toBe(`1.1.${bytes(ANSWER) + 1}`);
    expect(await client.ask('join', { conversationId, cursor: '1.1.4' })).toEqual({
      ok: true,
      cursor: '1.1.4',
    });
  });

  it('is refused where the conversation has no such place, and changes nothing', async () => {
    const client = await joined();
    for (const cursor of ['1.1.9999', '7.0.0', 'x', `1.1.${bytes('Zwei Gl') + 1}`]) {
      expect(await client.refusal('join', { conversationId, cursor })).toBe('bad_request');
    }
    await person.chat(conversationId, 'still there');
    expect(await client.next('done')).toMatchObject({ message: { status: 'complete' } });
  });

  it('of another user’s conversation, or none, is refused', async () => {
    const other = await (await Person.register(app.url)).newConversation();
    const client = connect();
    for (const id of [other, crypto.randomUUID(), 'x']) {
      expect(await client.refusal('join', { conversationId: id })).toBe('not_found');
      expect(await client.refusal('message', { conversationId: id, text: 'x' })).toBe('not_found');
    }
  });

  it('again is taken at its word: it begins there', async () => {
    const client = await joined();
    const ready = client.frames.length;
    expect(await client.ask('resume', { conversationId, cursor: '1.0.0' })).toMatchObject({ ok: true });
    await client.next('ready', conversationId, ready);
    expect(typesOf(client)).toEqual(['ready', 'accepted', 'chunk', 'done', 'ready']);
    await person.chat(conversationId, 'next');
    await client.next('done', conversationId, ready + 4);
    expect(typesOf(client).filter((type) => type === 'accepted')).toHaveLength(2);
  });
});

it('tells nothing more of a conversation that was left', async () => {
  const [left, stays] = [await joined(), await joined()];
  expect(await left.ask('leave', { conversationId })).toEqual({ ok: true });
  await person.chat(conversationId, TEXT);
  await stays.next('done');
  expect(await left.ask('leave', { conversationId })).toEqual({ ok: true });
  expect(typesOf(left)).toEqual(['ready']);
});

it('keeps a leave behind its join', async () => {
  const client = connect();
  const answers = await Promise.all([
    client.ask('join', { conversationId, cursor: '1.0.0' }),
    client.ask('leave', { conversationId }),
  ]);
  expect(answers).toMatchObject([{ ok: true }, { ok: true }]);
  await person.chat(conversationId, TEXT);
  await client.ask('leave', { conversationId });
  expect(typesOf(client).filter((type) => type !== 'ready')).toEqual([]);
});

it('generates an answer anew', async () => {
  const first = await person.chat(conversationId, TEXT);
  const client = await joined();
  const again = await client.ask('regenerate', { conversationId, messageId: first.id });
  expect(again).toMatchObject({ ok: true, duplicate: false, userMessage: { id: first.replyTo } });
  expect((await client.next('done')).messageId).toBe(again['messageId']);
  expect(again['messageId']).not.toBe(first.id);
  const { userMessage } = again;
  expect(await client.refusal('regenerate', { conversationId, messageId: userMessage.id })).toBe(
    'bad_request',
  );
});

it('answers a stop of what has ended with the message, and refuses one of nothing', async () => {
  const client = await joined();
  expect(await client.refusal('stop', { conversationId })).toBe('not_found');
  const { id } = await person.chat(conversationId, TEXT);
  expect(await client.ask('stop', { conversationId, messageId: id })).toMatchObject({ ok: true });
});

it('tells several conversations over one socket, each in order', async () => {
  const conversations = await Promise.all(Array.from({ length: 200 }, () => person.newConversation()));
  const client = connect();
  const answers = await Promise.all(conversations.map((id) => client.ask('join', { conversationId: id })));
  expect(answers.every(({ ok }) => ok)).toBe(true);
  await Promise.all(conversations.map((id) => person.chat(id, `${TEXT} in ${id}`)));
  for (const id of conversations) {
    const { messageId, message } = await client.next('done', id);
    expect(client.transcript(id).textOf(messageId)).toBe(message.content);
    expect(message.content.startsWith(`${TEXT} in ${id}\n`)).toBe(true);
  }
});
