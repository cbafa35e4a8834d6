import { randomUUID } from 'node:crypto';
import { type Answer, Person, Transcript } from '../support/client.js';
import { Cluster } from '../support/cluster.js';

let cluster: Cluster;
let person: Person;
/** The same person at another gateway. */
let elsewhere: Person;

beforeAll(async () => {
  cluster = await Cluster.start();
  const [all, gateway] = await Promise.all([cluster.all(), cluster.gateway()]);
  person = await Person.register(all.url);
  elsewhere = person.at(gateway.url);
});

afterAll(() => cluster.stop());

const text = 'What helps?';
const idsOf = ({ body }: Answer) => [body.userMessage.id, body.message.id, body.cursor];

test('200 sends of one message at once are one message and one answer', async () => {
  const conversation = await person.newConversation();
  const client_message_id = randomUUID();
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, n) =>
      (n % 2 ? person : elsewhere).send(conversation, text, { client_message_id }),
    ),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  expect(new Set(answers.map((answer) => idsOf(answer).join())).size).toBe(1);
  expect(answers.filter(({ body }) => !body.duplicate)).toHaveLength(1);
  for (const { body } of answers) expect(body.userMessage.client_message_id).toBe(client_message_id);

  await person.chat(conversation, text, { client_message_id });
  const { body: page } = await person.call('GET', `/api/conversations/${conversation}/messages`);
  const roles = page.items.map(({ role, status }: { role: string; status: string }) => [role, status]);
  expect(roles).toEqual([
    ['user', 'complete'],
    ['assistant', 'complete'],
  ]);
  expect(cluster.ollama.requests().filter(({ path }) => path === '/api/chat')).toHaveLength(1);
});

test('send, chat, the streamed send and the header are names for one operation', async () => {
  const conversation = await person.newConversation();
  const key = randomUUID();
  const path = `/api/conversations/${conversation}/messages`;
  const first = await person.send(conversation, text, { client_message_id: key });
  expect(first.body).toMatchObject({ duplicate: false, message: { status: 'queued', content: '' } });

  const byHeader = await elsewhere.call('POST', path, { text }, { 'Idempotency-Key': key });
  expect(byHeader).toMatchObject({ status: 202, body: { duplicate: true } });
  expect(idsOf(byHeader)).toEqual(idsOf(first));

  const chat = await person.call('POST', `${path}/chat`, { text, client_message_id: key });
  expect(chat).toMatchObject({ status: 200, body: { duplicate: true, message: { status: 'complete' } } });
  expect(idsOf(chat).slice(0, 2)).toEqual(idsOf(first).slice(0, 2));

  const transcript = new Transcript();
  for await (const { frame } of elsewhere.sendAndStream(conversation, text, { client_message_id: key })) {
    transcript.take(frame);
  }
  expect(transcript.frames.map(({ type }) => type)).toEqual(['accepted', 'chunk', 'done']);
  expect(transcript.frames[0]).toMatchObject({
    messageId: first.body.message.id,
    userMessage: first.body.userMessage,
    client_message_id: key,
  });
  expect(transcript.textOf(first.body.message.id)).toBe(chat.body.message.content);

  // What ended is sent again as it is now, by whatever name.
  const last = await person.send(conversation, text, { client_message_id: key, whenBusy: 'reject' });
  expect(last).toMatchObject({ status: 202, body: { duplicate: true, message: chat.body.message } });
  expect(idsOf(last)).toEqual(idsOf(first));
});

test('a regenerate with one id is one answer', async () => {
  const conversation = await person.newConversation();
  const answer = await person.chat(conversation, text);
  const path = `/api/conversations/${conversation}/messages/${answer.id}/regenerate`;
  const body = { client_message_id: randomUUID() };
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) => (n % 2 ? person : elsewhere).call('POST', path, body)),
  );
  expect(new Set(answers.map((sent) => idsOf(sent).join())).size).toBe(1);
  expect(answers.filter((sent) => !sent.body.duplicate)).toHaveLength(1);
  expect(answers[0]?.body.message.id).not.toBe(answer.id);
});

test('the same id with anything else is refused, and changes nothing', async () => {
  const conversation = await person.newConversation();
  const path = `/api/conversations/${conversation}/messages`;
  const key = randomUUID();
  const answer = await person.chat(conversation, text, { client_message_id: key });
  const body = { text: 'What else?', client_message_id: key };
  const eventStream = { Accept: 'text/event-stream' };
  const others = [
    await person.call('POST', path, body),
    await person.call('POST', `${path}/chat`, body),
    await person.call('POST', path, body, eventStream),
    await person.call('POST', path, { text: 'What else?' }, { 'Idempotency-Key': key }),
    await person.call('POST', `${path}/${answer.id}/regenerate`, { client_message_id: key }),
  ];
  for (const other of others) {
    expect(other).toMatchObject({ status: 409, body: { code: 'idempotency_mismatch', status: 409 } });
    expect(other.headers.get('content-type')).toBe('application/problem+json');
  }
  const { body: page } = await person.call('GET', path);
  expect(page.items).toHaveLength(2);
  // Another conversation has ids of its own.
  const another = await person.newConversation();
  expect((await person.send(another, 'What else?', { client_message_id: key })).status).toBe(202);
});
