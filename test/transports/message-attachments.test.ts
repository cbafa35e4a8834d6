import { randomUUID } from 'node:crypto';
import type { Attachment } from '../../src/protocol/attachment.js';
import type { Frame } from '../../src/protocol/frames.js';
import type { Message } from '../../src/protocol/message.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Person } from '../support/client.js';
import * as files from '../support/files.js';
import { expectProblem } from '../support/problem.js';
import { TestSocket } from '../support/socket.js';
import { Client } from './socketio/client.js';

let app: TestApp;
let person: Person;
let conversation: string;

beforeAll(async () => {
  app = await startTestApp();
  person = await Person.register(app.url);
});

beforeEach(async () => {
  conversation = await person.newConversation();
});

afterAll(() => app.stop());

async function uploaded(by: Person = person): Promise<Attachment> {
  const { status, body } = await by.upload(new File([new Uint8Array(await files.png())], 'x.png'));
  expect(status).toBe(201);
  return body;
}

async function messagesOf(id: string): Promise<readonly Message[]> {
  return (await person.call('GET', `/api/conversations/${id}/messages`)).body.items;
}

/** Sends a message with these attachments; what the sender is told of its own message. */
type Send = (ids: readonly string[], key: string) => Promise<Message>;

const SENDS: readonly [string, Send][] = [
  [
    'REST',
    async (attachments, key) =>
      (await person.send(conversation, 'look', { attachments, client_message_id: key })).body.userMessage,
  ],
  [
    'SSE',
    async (attachments, key) => {
      const frames: Frame[] = [];
      const fields = { attachments, client_message_id: key };
      for await (const { frame } of person.sendAndStream(conversation, 'look', fields)) frames.push(frame);
      const accepted = frames.find(({ type }) => type === 'accepted') as Extract<Frame, { type: 'accepted' }>;
      return accepted.userMessage;
    },
  ],
  [
    'Socket.IO',
    async (attachments, key) => {
      const client = Client.of(person);
      const fields = { conversationId: conversation, text: 'look', attachments, client_message_id: key };
      const { userMessage } = await client.ask('message', fields);
      client.close();
      return userMessage;
    },
  ],
  [
    'WebSocket',
    async (attachments, key) => {
      const socket = await TestSocket.open(person, conversation);
      socket.say({ type: 'message', text: 'look', attachments, client_message_id: key });
      const { userMessage } = await socket.next('receipt');
      await socket.close();
      return userMessage;
    },
  ],
];

test.each(SENDS)('a message over %s has its attachments, everywhere and in its order', async (_, send) => {
  const [one, two] = [await uploaded(), await uploaded()];
  const viewer = await Client.joined(person, conversation);
  const key = randomUUID();
  const sent = await send([two.id, one.id.toUpperCase()], key);
  expect(sent.attachments).toEqual([two, one]);
  expect((await viewer.next('accepted')).userMessage.attachments).toEqual([two, one]);
  const done = await viewer.next('done');
  expect(done.message.attachments).toEqual([]);
  viewer.close();
  const [stored] = await messagesOf(conversation);
  expect(stored).toMatchObject({ id: sent.id, content: 'look', attachments: [two, one] });

  for (const [, again] of SENDS) {
    expect(await again([two.id, one.id], key)).toMatchObject({ id: sent.id, attachments: [two, one] });
  }
  const swapped = { attachments: [one.id, two.id], client_message_id: key };
  expectProblem(await person.send(conversation, 'look', swapped), 409, 'idempotency_mismatch');
});

test('an attachment goes with one message, and the second of two at once gets nothing', async () => {
  const [taken, free] = [await uploaded(), await uploaded()];
  const sends = await Promise.all(
    [1, 2].map(() => person.send(conversation, 'x', { attachments: [taken.id] })),
  );
  expect(new Set(sends.map(({ status }) => status))).toEqual(new Set([202, 404]));
  const before = await messagesOf(conversation);
  expectProblem(await person.send(conversation, 'x', { attachments: [free.id, taken.id] }), 404, 'not_found');
  expect((await messagesOf(conversation)).length).toBe(before.length);
  expect((await person.send(conversation, 'x', { attachments: [free.id] })).status).toBe(202);
  expectProblem(await person.call('DELETE', `/api/attachments/${free.id}`), 409, 'conflict');
});

test.each([
  ['of another user', async () => [(await uploaded(await Person.register(app.url))).id], 404, 'not_found'],
  ['that is not there', async () => [randomUUID()], 404, 'not_found'],
  ['whose id is none', async () => ['x'], 404, 'not_found'],
  ['that is there twice', async () => Array.from({ length: 2 }, () => '0'), 400, 'bad_request'],
  ['among eleven', async () => Array.from({ length: 11 }, () => randomUUID()), 400, 'bad_request'],
] as const)(
  'a message with an attachment %s is refused, and nothing is stored',
  async (_, make, status, code) => {
    expectProblem(await person.send(conversation, 'x', { attachments: await make() }), status, code);
    expect(await messagesOf(conversation)).toEqual([]);
  },
);

test('an answer that is made anew is to the same message with its attachments', async () => {
  const one = await uploaded();
  const answer = await person.chat(conversation, 'look', { attachments: [one.id] });
  const path = `/api/conversations/${conversation}/messages/${answer.id}/regenerate`;
  const { status, body } = await person.call('POST', path, {});
  expect(status).toBe(202);
  expect(body.userMessage.attachments).toEqual([one]);
});

test('with its conversation an attachment is gone', async () => {
  const one = await uploaded();
  await person.chat(conversation, 'look', { attachments: [one.id] });
  expect((await person.call('GET', `/api/conversations/${conversation}`)).status).toBe(200);
  expect((await person.call('DELETE', `/api/conversations/${conversation}`)).status).toBe(204);
  expectProblem(await person.call('GET', `/api/attachments/${one.id}`), 404, 'not_found');
});
