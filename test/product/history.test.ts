import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import type { Message } from '../../src/protocol/message.js';
import { type Answer, Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';

const SPEECH = Array.from({ length: 40 }, (_, n) => `${n} 💧 पानी `);
const ANSWER = `${SPEECH.join('')}\n\n${DISCLAIMER}`;

let cluster: Cluster;
let person: Person;

beforeAll(async () => {
  cluster = await Cluster.start();
  cluster.ollama.defaultScript({ text: ['yes'] });
  person = await Person.register((await cluster.all()).url);
});

afterAll(() => cluster.stop());

const page = (path: string, query: Record<string, string>): Promise<Answer> =>
  person.call('GET', `${path}?${new URLSearchParams(query).toString()}`);

const messagesOf = (conversation: string): string => `/api/conversations/${conversation}/messages`;

test('an answer that is being written is told so far, and a stream goes on from exactly there', async () => {
  const conversation = await person.newConversation();
  cluster.ollama.script({ text: SPEECH, tokensPerSecond: 10 });
  const looks: Promise<[string, string, string]>[] = [];
  for await (const { frame } of person.sendAndStream(conversation, 'What helps?')) {
    if (frame.type === 'chunk') looks.push(lookAndGoOn(conversation));
  }
  expect(looks.length).toBeGreaterThan(4);
  const seen = await Promise.all(looks);
  for (const [, , joined] of seen) expect(joined).toBe(ANSWER);
  expect(new Set(seen.map(([status]) => status))).toContain('streaming');
  expect(new Set(seen.map(([, content]) => content)).size).toBeGreaterThan(3);
});

/** Status and text of the answer as the list of messages has it, and that text with what a stream adds to it. */
async function lookAndGoOn(conversation: string): Promise<[string, string, string]> {
  const { body } = await page(messagesOf(conversation), {});
  const { status, content } = body.items[1];
  let joined = content;
  const query = `?until=done&cursor=${body.streamCursor}`;
  for await (const { frame } of person.stream(conversation, { query })) {
    if (frame.type === 'reset') joined = '';
    if (frame.type === 'chunk') joined += frame.data;
  }
  return [status, content, joined];
}

test('a message has what the contract says, and no more', async () => {
  const conversation = await person.newConversation();
  const empty = await page(messagesOf(conversation), {});
  expect(empty.body).toEqual({ items: [], nextCursor: null, streamCursor: '1.0.0' });
  const answer = await person.chat(conversation, 'What helps?', { client_message_id: 'mine' });
  const { items, nextCursor, streamCursor } = (await page(messagesOf(conversation), {})).body;
  const uuid7 = expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(items).toEqual([
    {
      id: uuid7,
      conversationId: conversation,
      role: 'user',
      content: 'What helps?',
      status: 'complete',
      client_message_id: 'mine',
      attachments: [],
      createdAt: time,
    },
    {
      id: uuid7,
      conversationId: conversation,
      role: 'assistant',
      content: `yes\n\n${DISCLAIMER}`,
      status: 'complete',
      client_message_id: 'mine',
      replyTo: items[0].id,
      attachments: [],
      model: 'llama3.2',
      generatedBy: { ai: true, model: 'llama3.2' },
      usage: { promptTokens: expect.any(Number), completionTokens: expect.any(Number) },
      createdAt: time,
      completedAt: time,
    },
  ]);
  expect(answer).toEqual(items[1]);
  expect(nextCursor).toBeNull();
  expect(streamCursor).toBe(`1.1.${Buffer.byteLength(answer.content) + 1}`);
  for (const item of items) {
    expect((await person.call('GET', `${messagesOf(conversation)}/${item.id}`)).body).toEqual(item);
  }
});

test('messages page back to the first, complete and without overlap, while new ones come', async () => {
  const conversation = await person.newConversation();
  for (let n = 0; n < 5; n++) await person.chat(conversation, `${n}`);
  const all = (await page(messagesOf(conversation), {})).body.items as Message[];
  expect(all).toHaveLength(10);
  expect(all.map(({ role }) => role)).toEqual(all.map((_, n) => (n % 2 ? 'assistant' : 'user')));

  const read: Message[] = [];
  let cursor: string | null | undefined;
  do {
    const { body } = await page(messagesOf(conversation), { limit: '3', ...(cursor && { cursor }) });
    expect(body.items.length).toBeLessThanOrEqual(3);
    read.unshift(...body.items);
    cursor = body.nextCursor;
    await person.chat(conversation, 'and one more');
  } while (cursor);
  expect(read).toEqual(all);
});

test('conversations page from the newest, complete and without overlap, while new ones come', async () => {
  const reader = await Person.register(person.url);
  const ids: string[] = [];
  for (let n = 0; n < 7; n++) {
    ids.unshift((await reader.call('POST', '/api/conversations', { title: `${n}` })).body.id);
  }
  const read: { id: string; title: string }[] = [];
  let cursor: string | null | undefined;
  do {
    const query = new URLSearchParams({ limit: '3', ...(cursor && { cursor }) });
    const { body } = await reader.call('GET', `/api/conversations?${query.toString()}`);
    read.push(...body.items);
    cursor = body.nextCursor;
    await reader.newConversation();
  } while (cursor);
  expect(read.map(({ id }) => id)).toEqual(ids);
  expect(read[0]).toEqual({
    id: ids[0],
    title: '6',
    createdAt: expect.any(String),
    updatedAt: expect.any(String),
  });
});

test('the conversation with the newest message comes first, on every page, and a new title moves nothing', async () => {
  const reader = await Person.register(person.url);
  const [a, b, c, d] = [
    await reader.newConversation(),
    await reader.newConversation(),
    await reader.newConversation(),
    await reader.newConversation(),
  ];
  await reader.chat(b, 'First.');
  await reader.chat(a, 'Second.');
  await reader.call('PATCH', `/api/conversations/${c}`, { title: 'Renamed' });
  const read: string[] = [];
  let cursor: string | null = null;
  do {
    const { body } = await reader.call(
      'GET',
      `/api/conversations?limit=2${cursor ? `&cursor=${cursor}` : ''}`,
    );
    read.push(...body.items.map(({ id }: { id: string }) => id));
    cursor = body.nextCursor;
  } while (cursor);
  expect(read).toEqual([a, b, d, c]);
});

test.each(['x', '1', `1.${'0'.repeat(36)}`, '01900000-0000-7000-8000-000000000000', '1.2.3'])(
  'the list of conversations has no cursor %j',
  async (cursor) => {
    const { status, body } = await person.call('GET', `/api/conversations?cursor=${cursor}`);
    expect([status, body.code]).toEqual([400, 'bad_request']);
  },
);

test('a conversation is renamed and deleted', async () => {
  const path = `/api/conversations/${await person.newConversation()}`;
  const renamed = await person.call('PATCH', path, { title: 'Cold' });
  expect(renamed).toMatchObject({ status: 200, body: { title: 'Cold' } });
  expect((await person.call('GET', path)).body).toEqual(renamed.body);
  expect((await person.call('DELETE', path)).status).toBe(204);
  for (const [method, body] of [['GET'], ['PATCH', { title: 'x' }], ['DELETE']] as const) {
    expect((await person.call(method, path, body)).status).toBe(404);
  }
});
