import { randomUUID } from 'node:crypto';
import type { Alert } from '../../src/protocol/alert.js';
import type { Frame } from '../../src/protocol/frames.js';
import type { Message } from '../../src/protocol/message.js';
import { TRANSPORTS, type Viewer } from '../contract/delivery.js';
import { type OllamaDouble, startOllamaDouble } from '../doubles/ollama/server.js';
import { type TestApp, TestSite } from '../support/app.js';
import { Person, Transcript } from '../support/client.js';
import { EXCHANGES } from './exchanges.js';
import { typesInTurn, typesOf, until } from './viewed.js';

const DANGER = 'I have chest pain and my left arm hurts.';

let site: TestSite;
let ollama: OllamaDouble;
let app: TestApp;
let person: Person;
let conversation: string;

beforeAll(async () => {
  ollama = await startOllamaDouble();
  site = await TestSite.open();
  app = await site.start({ LLM_PROVIDER: 'ollama', OLLAMA_HOST: ollama.url, LLM_IDLE_SECONDS: '300' });
  person = await Person.register(app.url);
});

beforeEach(async () => {
  conversation = await person.newConversation();
});

afterAll(async () => {
  await app.stop();
  await ollama.stop();
  await site.close();
});

const chestPain: Alert = expect.objectContaining({
  rule: expect.stringMatching(/^chest-pain@\d+$/),
  severity: 'emergency',
  text: expect.stringMatching(/emergency number/),
  resources: expect.arrayContaining([expect.objectContaining({ phone: '112' })]),
});

const path = (...rest: string[]): string =>
  ['/api/conversations', conversation, 'messages', ...rest].join('/');

test.each(EXCHANGES)(
  'over %s the alert comes before the first text, and stands in the message',
  async (_, exchange) => {
    const frames = await exchange(person, conversation, { text: DANGER });
    expect(typesInTurn(frames)).toEqual(['accepted', 'alert', 'chunk', 'done']);
    const done = frames.findLast((frame) => frame.type === 'done');
    expect(frames.find(({ type }) => type === 'alert')).toEqual({
      type: 'alert',
      conversationId: conversation,
      messageId: done?.messageId,
      alert: chestPain,
    });
    expect(done?.message.alert).toEqual(chestPain);
  },
);

test.each(EXCHANGES)('over %s a message without danger has no alert', async (_, exchange) => {
  const frames = await exchange(person, conversation, { text: 'I have a cough, but no chest pain.' });
  expect(typesOf(frames)).not.toContain('alert');
  const done = frames.findLast((frame) => frame.type === 'done');
  expect(done?.message).not.toHaveProperty('alert');
});

test('REST: the answer has it from the acceptance on, and wherever it is read; the question has none', async () => {
  const client_message_id = randomUUID();
  const sent = await person.send(conversation, DANGER, { client_message_id });
  expect(sent.status).toBe(202);
  expect(sent.body.message.alert).toEqual(chestPain);
  expect(sent.body.userMessage).not.toHaveProperty('alert');
  const again = await person.send(conversation, DANGER, { client_message_id });
  expect(again.body).toMatchObject({ duplicate: true, message: { alert: chestPain } });

  const answer = await person.chat(conversation, DANGER, { client_message_id });
  expect(answer).toMatchObject({ id: sent.body.message.id, status: 'complete', alert: chestPain });
  expect((await person.call('GET', path(answer.id))).body.alert).toEqual(chestPain);
  const { body } = await person.call('GET', path());
  const [question, listed] = body.items as Message[];
  expect(listed?.alert).toEqual(chestPain);
  expect(question).not.toHaveProperty('alert');
  const exported = await person.call('GET', '/api/me/export');
  expect(JSON.stringify(exported.body)).toContain(answer.alert?.rule);
});

test('an answer that is made anew has the alert, too', async () => {
  const answer = await person.chat(conversation, DANGER);
  const { body } = await person.call('POST', path(answer.id, 'regenerate'), {});
  expect(body.message.alert).toEqual(chestPain);
  const frames: Frame[] = [];
  const anew = person.stream(conversation, { query: `?cursor=${body.cursor}&until=done` });
  for await (const { frame } of anew) frames.push(frame);
  expect(typesInTurn(frames)).toEqual(['accepted', 'alert', 'chunk', 'done']);
  expect(frames[1]).toMatchObject({ messageId: body.message.id, alert: chestPain });
});

const STREAMS = TRANSPORTS.filter(({ name }) => name !== 'REST');

describe.each(STREAMS)('$name, while the answer is written', (transport) => {
  const sent = { text: DANGER, client_message_id: 'danger' };
  let answer: Message;

  beforeEach(async () => {
    ollama.script({ text: ['Call ', 'for ', 'help ', 'now.'], fault: 'stall', after: 2 });
    answer = (await person.send(conversation, DANGER, sent)).body.message;
  });

  const view = (from?: string): Viewer => transport.view(person, conversation, from, sent, new Transcript());
  const textOf = (frames: readonly Frame[]): string =>
    frames.map((frame) => (frame.type === 'chunk' ? frame.data : '')).join('');

  test('whoever joins, resumes or comes second is told before any text, and once', async () => {
    const first = view();
    const joined = await until(first, 'chunk');
    expect(typesOf(joined).indexOf('alert')).toBeGreaterThan(typesOf(joined).indexOf('accepted'));
    while (textOf(joined) !== 'Call for ') joined.push(...(await until(first, 'chunk')));
    expect(typesOf(joined).filter((type) => type === 'alert')).toHaveLength(1);

    // The first one is in the room by now, or on its way into it.
    const second = view();
    const other = await until(second, 'chunk');
    expect(typesInTurn(other)).toEqual(['accepted', 'alert', 'reset', 'chunk']);
    second.cut();

    const last = joined.findLast((frame) => frame.type === 'chunk');
    const back = view(last?.cursor);
    const resumed = await until(back, 'ready');
    expect(resumed[0]).toMatchObject({ type: 'alert', messageId: answer.id, alert: chestPain });
    expect(typesOf(resumed)).toEqual(['alert', 'ready']);

    await person.call('POST', path(answer.id, 'stop'), {});
    for (const viewer of [first, back]) {
      const rest = await until(viewer, 'done');
      expect(typesOf(rest)).not.toContain('alert');
      expect(rest.at(-1)).toMatchObject({ message: { status: 'stopped', alert: chestPain } });
      viewer.cut();
    }

    const late = view(last?.cursor);
    expect(typesInTurn(await until(late, 'ready'))).toEqual(['alert', 'chunk', 'done']);
    late.cut();
    const { body } = await person.call('GET', path());
    const after = view(body.streamCursor);
    expect(typesOf(await until(after, 'ready'))).toEqual(['ready']);
    after.cut();
  });
});
