import { randomUUID } from 'node:crypto';
import { DISCLAIMER } from '../../../src/generation/disclaimer.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Person } from '../../support/client.js';
import { TestSocket } from '../../support/socket.js';

let app: TestApp;
let person: Person;
const sockets: TestSocket[] = [];

beforeAll(async () => {
  // Slow enough to be stopped, fast enough for short answers.
  app = await startTestApp({ DEV_LLM_TOKENS_PER_SECOND: '50' });
  person = await Person.register(app.url);
});

afterEach(async () => {
  await Promise.all(sockets.splice(0).map((socket) => socket.close()));
});

afterAll(() => app.stop());

async function open(conversation: string, query = ''): Promise<TestSocket> {
  const socket = await TestSocket.open(person, conversation, query);
  sockets.push(socket);
  return socket;
}

/** An answer that takes half a minute. */
const LONG = 'word '.repeat(1500);

test('a message is received at once, accepted in its turn, answered in chunks and done', async () => {
  const conversation = await person.newConversation();
  const socket = await open(conversation);
  await socket.next('ready');
  socket.say({ type: 'message', text: 'Träume 🙂 heilen', client_message_id: 'one' });
  const receipt = await socket.next('receipt');
  expect(receipt).toMatchObject({
    conversationId: conversation,
    client_message_id: 'one',
    duplicate: false,
    userMessage: { role: 'user', content: 'Träume 🙂 heilen', status: 'complete' },
  });
  const done = await socket.next('done');
  expect(done.messageId).toBe(receipt.messageId);
  expect(done.message).toMatchObject({ status: 'complete', replyTo: receipt.userMessage.id });
  expect(done.message.content).toBe(`Träume 🙂 heilen\n\n${DISCLAIMER}`);
  expect(socket.transcript.textOf(done.messageId)).toBe(done.message.content);
  const types = socket.frames.map(({ type }) => type);
  expect(types.filter((type) => type !== 'receipt' && type !== 'chunk')).toEqual([
    'ready',
    'accepted',
    'done',
  ]);
  expect(socket.frames.every(({ conversationId }) => conversationId === conversation)).toBe(true);
});

test('the same message again gives the same ids; another text under the same key is refused', async () => {
  const socket = await open(await person.newConversation());
  const key = randomUUID();
  socket.say({ type: 'message', text: 'Once', client_message_id: key });
  const first = await socket.next('receipt');
  socket.say({ type: 'message', text: 'Once', client_message_id: key });
  expect(await socket.next('receipt')).toMatchObject({ messageId: first.messageId, duplicate: true });
  socket.say({ type: 'message', text: 'Twice', client_message_id: key });
  const refused = await socket.next('error');
  expect(refused).toMatchObject({ code: 'idempotency_mismatch', retryable: false });
  expect(refused).not.toHaveProperty('messageId');
});

test('a receipt goes to the sender alone, everything else to every device', async () => {
  const conversation = await person.newConversation();
  const [phone, desk] = await Promise.all([open(conversation), open(conversation)]);
  await Promise.all([phone.next('ready'), desk.next('ready')]);
  phone.say({ type: 'message', text: 'Seen on both' });
  const [one, other] = await Promise.all([phone.next('done'), desk.next('done')]);
  expect(other).toEqual(one);
  expect(desk.transcript.textOf(one.messageId)).toBe(one.message.content);
  expect(desk.frames.some(({ type }) => type === 'receipt')).toBe(false);
  expect(desk.frames.find(({ type }) => type === 'accepted')).toEqual(
    phone.frames.find(({ type }) => type === 'accepted'),
  );
});

test('stop without an id stops the running answer, and is told to every device', async () => {
  const conversation = await person.newConversation();
  const [socket, other] = await Promise.all([open(conversation), open(conversation)]);
  socket.say({ type: 'message', text: LONG });
  const { messageId } = await socket.next('chunk');
  socket.say({ type: 'stop' });
  expect(await other.next('stopping')).toMatchObject({ messageId });
  const done = await socket.next('done');
  expect(done.message).toMatchObject({ id: messageId, status: 'stopped' });
  expect(socket.transcript.textOf(messageId)).toBe(done.message.content);
});

test('stop with an id stops that answer, also one that waits', async () => {
  const socket = await open(await person.newConversation());
  socket.say({ type: 'message', text: LONG });
  const running = await socket.next('receipt');
  socket.say({ type: 'message', text: LONG });
  const waiting = await socket.next('receipt');
  socket.say({ type: 'stop', messageId: waiting.messageId });
  socket.say({ type: 'stop', messageId: running.messageId });
  expect((await socket.next('done')).message).toMatchObject({ id: running.messageId, status: 'stopped' });
  expect((await socket.next('done')).message).toMatchObject({ id: waiting.messageId, status: 'stopped' });
});

test('whenBusy decides what a message does while an answer runs', async () => {
  const socket = await open(await person.newConversation());
  socket.say({ type: 'message', text: LONG });
  const running = await socket.next('receipt');
  socket.say({ type: 'message', text: 'Refused', whenBusy: 'reject' });
  expect(await socket.next('error')).toMatchObject({ code: 'busy', retryable: true });
  socket.say({ type: 'message', text: 'Next', whenBusy: 'interrupt' });
  expect((await socket.next('done')).message).toMatchObject({ id: running.messageId, status: 'stopped' });
  expect((await socket.next('done')).message.content).toContain('Next');
});

test('regenerate gives a new answer to the same user message', async () => {
  const socket = await open(await person.newConversation());
  socket.say({ type: 'message', text: 'Ask again' });
  const first = await socket.next('done');
  socket.say({ type: 'regenerate', messageId: first.messageId, client_message_id: 'again' });
  const receipt = await socket.next('receipt');
  expect(receipt).toMatchObject({ userMessage: { id: first.message.replyTo }, client_message_id: 'again' });
  const second = await socket.next('done');
  expect(second.messageId).toBe(receipt.messageId);
  expect(second.messageId).not.toBe(first.messageId);
  expect(second.message.content).toBe(first.message.content);
});

test('ping is answered by pong', async () => {
  const conversation = await person.newConversation();
  const socket = await open(conversation);
  socket.say({ type: 'ping' });
  expect(await socket.next('pong')).toEqual({ type: 'pong', conversationId: conversation });
});

test('a ping of the protocol is answered with what it carried', async () => {
  const socket = await open(await person.newConversation());
  const pong = new Promise<Buffer>((resolve) => socket.ws.once('pong', resolve));
  socket.ws.ping('carried');
  expect((await pong).toString()).toBe('carried');
});

const REFUSED: [string, object | string | Buffer, string][] = [
  ['no JSON', 'hello', 'bad_request'],
  ['an empty frame', '', 'bad_request'],
  ['a list', '[]', 'bad_request'],
  ['null', 'null', 'bad_request'],
  ['a frame without a type', {}, 'bad_request'],
  ['a type that is not known', { type: 'shout' }, 'bad_request'],
  ['a type that an object inherits', { type: 'constructor' }, 'bad_request'],
  ['binary data', Buffer.from('{"type":"ping"}'), 'bad_request'],
  ['no text', { type: 'message' }, 'bad_request'],
  ['an empty text', { type: 'message', text: '' }, 'bad_request'],
  ['a text that is too long', { type: 'message', text: 'x'.repeat(32_001) }, 'bad_request'],
  ['U+0000', { type: 'message', text: 'a\u0000b' }, 'bad_request'],
  ['half a surrogate pair', '{"type":"message","text":"\\ud83d"}', 'bad_request'],
  [
    'an attachment that there is not',
    { type: 'message', text: 'x', attachments: [randomUUID()] },
    'not_found',
  ],
  ['an unknown field', { type: 'ping', loud: true }, 'bad_request'],
  ['a stop when nothing runs', { type: 'stop' }, 'not_found'],
  ['a stop of nothing', { type: 'stop', messageId: randomUUID() }, 'not_found'],
  ['a stop of what is no id', { type: 'stop', messageId: 'x' }, 'not_found'],
  ['an answer anew of nothing', { type: 'regenerate', messageId: randomUUID() }, 'not_found'],
  ['a resume of another conversation', { type: 'resume', conversationId: randomUUID() }, 'bad_request'],
  ['a cursor still to come', { type: 'resume', cursor: '9.1.5' }, 'bad_request'],
  ['what is no cursor', { type: 'resume', cursor: 'x' }, 'bad_request'],
  ['a last message that is not there', { type: 'resume', lastMessageId: randomUUID() }, 'not_found'],
  ['units of no message', { type: 'resume', received: 1 }, 'bad_request'],
];

test.each(REFUSED)('%s gets an error frame, and the connection lives', async (_what, frame, code) => {
  const socket = await open(await person.newConversation());
  await socket.next('ready');
  if (Buffer.isBuffer(frame)) socket.ws.send(frame, { binary: true });
  else socket.say(frame);
  const error = await socket.next('error');
  expect(error).toMatchObject({ code });
  expect(error).not.toHaveProperty('messageId');
  socket.say({ type: 'ping' });
  await socket.next('pong');
});

test('a message too many is refused, and the connection lives', async () => {
  const limited = await startTestApp({ RATE_LIMIT_MESSAGES_PER_MINUTE: '1' });
  const user = await Person.register(limited.url);
  const socket = await TestSocket.open(user, await user.newConversation());
  socket.say({ type: 'message', text: 'One' });
  await socket.next('done');
  socket.say({ type: 'message', text: 'Two' });
  expect(await socket.next('error')).toMatchObject({ code: 'rate_limited', retryable: true });
  socket.say({ type: 'ping' });
  await socket.next('pong');
  await socket.close();
  await limited.stop();
});
