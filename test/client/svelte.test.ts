import type { View } from '../../src/client/index.js';
import { conversationStore } from '../../src/client/svelte.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Person } from '../support/client.js';
import { answers, Clients, hasEnded, viewWhere } from './support.js';

let app: TestApp;
const clients = new Clients();

beforeAll(async () => {
  app = await startTestApp();
});
afterEach(() => clients.closeAll());
afterAll(() => app.stop());

test('a store has the view at once and after each change, until it is unsubscribed', async () => {
  const person = await Person.register(app.url);
  const { conversation, subscribe } = conversationStore(clients.of(person), await person.newConversation());
  const views: View[] = [];
  const unsubscribe = subscribe((view) => views.push(view));
  expect(views).toEqual([conversation.view]);

  const { messageId } = await conversation.send({ text: 'What helps?' });
  const ended = await viewWhere(conversation, hasEnded(messageId));
  expect(views).toContain(ended);
  expect(answers(ended).at(-1)?.content).toContain('What helps?');

  unsubscribe();
  const before = views.length;
  const { messageId: later } = await conversation.send({ text: 'And then?' });
  await viewWhere(conversation, hasEnded(later));
  expect(views).toHaveLength(before);
});
