import { effectScope, nextTick, ref, watchEffect } from 'vue';
import type { View } from '../../src/client/index.js';
import { conversationStore } from '../../src/client/svelte.js';
import { useConversation } from '../../src/client/vue.js';
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

test('Svelte: a store has the view at once and after each change, until it is unsubscribed', async () => {
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

test('Vue: a component renders each change, follows its id, and is told nothing once it is unmounted', async () => {
  const person = await Person.register(app.url);
  const client = clients.of(person);
  const [one, two] = [await person.newConversation(), await person.newConversation()];
  const id = ref(one);
  const scope = effectScope();
  const rendered: View[] = [];
  const used = scope.run(() => {
    const inUse = useConversation(client, id);
    watchEffect(() => rendered.push(inUse.view.value));
    return inUse;
  });
  if (!used) throw new Error('the scope is not active');
  expect(rendered).toEqual([client.conversation(one).view]);

  const { messageId } = await used.conversation.value.send({ text: 'What helps?' });
  await viewWhere(client.conversation(one), hasEnded(messageId));
  await nextTick();
  expect(used.view.value).toBe(client.conversation(one).view);
  expect(rendered.at(-1)).toBe(used.view.value);
  expect(answers(used.view.value).at(-1)?.content).toContain('What helps?');

  id.value = two;
  expect(used.view.value).toBe(client.conversation(two).view);
  const before = used.view.value;
  await client.conversation(one).send({ text: 'Who hears this?' });
  expect(used.view.value).toBe(client.conversation(two).view);

  scope.stop();
  const shown = used.view.value;
  const { messageId: later } = await client.conversation(two).send({ text: 'And then?' });
  await viewWhere(client.conversation(two), hasEnded(later));
  expect(used.view.value).toBe(shown);
  expect(rendered).not.toContain(client.conversation(two).view);
  expect(before.messages).toEqual([]);
});
