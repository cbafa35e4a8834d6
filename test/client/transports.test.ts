import type { TransportName } from '../../src/client/index.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Person } from '../support/client.js';
import { answers, Clients, hasEnded, isLive, viewWhere } from './support.js';

const TRANSPORTS: readonly TransportName[] = ['socketio', 'websocket', 'sse', 'polling'];

const TEXT = 'नमस्ते, 👩🏽‍⚕️ how are e\u0301 you? '.repeat(4).trim();

let app: TestApp;
let person: Person;
const clients = new Clients();

beforeAll(async () => {
  app = await startTestApp({ DEV_LLM_TOKENS_PER_SECOND: '100' });
  person = await Person.register(app.url);
});

afterEach(() => clients.closeAll());
afterAll(() => app.stop());

describe.each(TRANSPORTS)('over %s alone', (transport) => {
  test('a message is sent and its answer is read as it is written', async () => {
    const id = await person.newConversation();
    const conversation = clients.of(person, { transports: [transport] }).conversation(id);
    expect((await viewWhere(conversation, isLive)).transport).toBe(transport);
    let joined = '';
    conversation.onFrame((frame) => {
      if (frame.type === 'chunk') joined += frame.data;
    });
    const { messageId, duplicate } = await conversation.send({ text: TEXT });
    expect(duplicate).toBe(false);
    const { messages, state, error } = await viewWhere(conversation, hasEnded(messageId));
    expect({ state, error }).toEqual({ state: 'live', error: null });
    const { items } = (await person.call('GET', `/api/conversations/${id}/messages`)).body;
    expect(messages).toEqual(items.map((item: object) => ({ ...item, stopping: false })));
    expect(joined).toBe(items[1].content);
    expect(joined.startsWith(TEXT)).toBe(true);
  });

  test('earlier messages are shown, and an answer continues after each cut', async () => {
    const id = await person.newConversation();
    await person.chat(id, 'before');
    const conversation = clients.of(person, { transports: [transport] }).conversation(id);
    const view = await viewWhere(conversation, isLive);
    expect(answers(view)).toHaveLength(1);
    const { messageId } = await conversation.send({ text: TEXT });
    const text = () => answers(conversation.view).at(-1)?.content ?? '';
    for (const length of [1, 5, 20, 40]) {
      await viewWhere(conversation, (now) => text().length >= length || hasEnded(messageId)(now));
      conversation.cut();
    }
    await viewWhere(conversation, hasEnded(messageId));
    const { body } = await person.call('GET', `/api/conversations/${id}/messages/${messageId}`);
    expect(text()).toBe(body.content);
  });
});
