import { TestSite } from '../../support/app.js';
import { Person } from '../../support/client.js';
import { TestSocket } from '../../support/socket.js';

let site: TestSite;

beforeEach(async () => {
  site = await TestSite.open();
});

afterEach(() => site.close());

test('a gateway that restarts says so to all, and another goes on from their cursors', async () => {
  const worker = await site.start({ DEV_LLM_TOKENS_PER_SECOND: '40' });
  const [leaving, staying] = [await site.start({ ROLE: 'gateway' }), await site.start({ ROLE: 'gateway' })];
  const person = await Person.register(leaving.url);
  const conversation = await person.newConversation();
  const sockets = await Promise.all(Array.from({ length: 120 }, () => TestSocket.open(person, conversation)));
  await person.send(conversation, 'Grüße 🙂 '.repeat(40));
  await Promise.all(sockets.map((socket) => socket.next('chunk')));

  await leaving.stop();
  for (const socket of sockets) expect(await socket.closed).toEqual({ code: 1012, reason: 'draining' });
  const [before] = sockets;
  const { cursor = '' } = before?.transcript ?? {};
  const after = await TestSocket.open(person.at(staying.url), conversation, `&cursor=${cursor}`);
  const { messageId, message } = await after.next('done');
  expect(`${before?.transcript.textOf(messageId)}${after.transcript.textOf(messageId)}`).toBe(
    message.content,
  );
  await after.close();
  await Promise.all([staying.stop(), worker.stop()]);
});

test('what breaks inside is told as little as it must be: an error frame, and 4000', async () => {
  const app = await site.start();
  const person = await Person.register(app.url);
  const conversation = await person.newConversation();
  const socket = await TestSocket.open(person, conversation);
  await socket.next('ready');
  await site.database.drop();
  socket.say({ type: 'message', text: 'Is anybody there?' });
  expect(await socket.next('error')).toMatchObject({ code: 'internal', retryable: true });
  expect(await socket.closed).toEqual({ code: 4000, reason: 'internal' });
  await app.stop();
});
