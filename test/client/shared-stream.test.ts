import type { Tabs } from '../../src/client/api.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Person } from '../support/client.js';
import { type OfficeProxy, startOfficeProxy } from '../support/office-proxy.js';
import { answers, Clients, hasEnded, isLive, viewWhere } from './support.js';

let app: TestApp;
let proxy: OfficeProxy;
let person: Person;
const clients = new Clients();

beforeAll(async () => {
  app = await startTestApp({ DEV_LLM_TOKENS_PER_SECOND: '50' });
});
beforeEach(async () => {
  proxy = await startOfficeProxy(app.url);
  person = await Person.register(proxy.url);
});
afterEach(async () => {
  clients.closeAll();
  await proxy.stop();
});
afterAll(() => app.stop());

/** Tabs as clients of one process: browsers have no other way to say that one of them is frozen. */
class TabsOfOneProcess {
  readonly #listeners = new Map<object, (message: unknown) => void>();
  readonly #waiting: (() => void)[] = [];
  #leader: { readonly tab: object; lost(): void } | undefined;
  readonly #frozen = new Set<object>();

  tab(): { readonly tabs: (name: string) => Promise<Tabs>; freeze(): void; leads(): boolean } {
    const tab = {};
    const leads = (): boolean => this.#leader?.tab === tab;
    return {
      freeze: () => void this.#frozen.add(tab),
      leads,
      tabs: async () => ({
        post: (message) => {
          if (!this.#frozen.has(tab)) this.#post(tab, structuredClone(message));
        },
        listen: (listener) => void this.#listeners.set(tab, listener),
        lead: (signal, steal, work) => this.#lead(tab, signal, steal, work),
      }),
    };
  }

  #post(from: object, message: unknown): void {
    for (const [tab, listener] of this.#listeners) {
      if (tab !== from && !this.#frozen.has(tab)) queueMicrotask(() => listener(message));
    }
  }

  #isOver(tab: object): void {
    if (this.#leader?.tab === tab) this.#leader = undefined;
  }

  async #lead(tab: object, signal: AbortSignal, steal: boolean, work: () => Promise<void>): Promise<void> {
    if (steal) this.#leader?.lost();
    while (this.#leader) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      if (signal.aborted) return;
    }
    await new Promise<void>((lost) => {
      this.#leader = { tab, lost };
      void work().then(lost);
    });
    this.#isOver(tab);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

const streams = (): number => proxy.requests.filter((request) => request === 'GET /api/stream').length;

test('conversations of one client share a stream, and each is answered', async () => {
  const client = clients.of(person, { transports: ['sse'] });
  const conversations = await Promise.all(
    Array.from({ length: 3 }, async () => client.conversation(await person.newConversation())),
  );
  for (const conversation of conversations) await viewWhere(conversation, isLive);
  const sent = await Promise.all(conversations.map((each) => each.send({ text: `To ${each.id}.` })));
  for (const [n, conversation] of conversations.entries()) {
    await viewWhere(conversation, hasEnded(sent[n]?.messageId ?? ''));
    expect(answers(conversation.view).at(-1)?.content).toContain(conversation.id);
  }
  expect(
    proxy.requests.filter((request) => request.endsWith('/stream') && request !== 'GET /api/stream'),
  ).toEqual([]);
});

test('when the tab with the stream closes, another one goes on in mid-answer, with nothing lost or shown twice', async () => {
  const browser = new TabsOfOneProcess();
  const [first, second] = [browser.tab(), browser.tab()];
  const id = await person.newConversation();
  const one = clients.of(person, { transports: ['sse'], platform: { tabs: first.tabs } });
  await viewWhere(one.conversation(id), isLive);
  const other = clients.of(person, { transports: ['sse'], platform: { tabs: second.tabs } }).conversation(id);
  await viewWhere(other, isLive);
  expect([first.leads(), second.leads()]).toEqual([true, false]);
  const { messageId } = await other.send({ text: 'नमस्ते 👩🏽‍⚕️ '.repeat(60).trim() });
  await viewWhere(other, () => (answers(other.view).at(-1)?.content.length ?? 0) > 0);
  const states = new Set<string>();
  other.subscribe(() => states.add(other.view.state));
  one.close();
  await viewWhere(other, hasEnded(messageId));
  const { body } = await person.call('GET', `/api/conversations/${id}/messages/${messageId}`);
  expect(answers(other.view).at(-1)?.content).toBe(body.content);
  expect([...states]).toEqual(['live']);
  expect(second.leads()).toBe(true);
});

test('a tab takes the lead of one that does not run any more', async () => {
  const browser = new TabsOfOneProcess();
  const [first, second] = [browser.tab(), browser.tab()];
  const one = clients.of(person, { transports: ['sse'], platform: { tabs: first.tabs } });
  await viewWhere(one.conversation(await person.newConversation()), isLive);
  first.freeze();
  const other = clients.of(person, { transports: ['sse'], platform: { tabs: second.tabs } });
  await viewWhere(other.conversation(await person.newConversation()), isLive);
  expect([first.leads(), second.leads()]).toEqual([false, true]);
});

test('after a cut all conversations go on over one stream', async () => {
  const client = clients.of(person, { transports: ['sse'] });
  const conversations = await Promise.all(
    Array.from({ length: 3 }, async () => client.conversation(await person.newConversation())),
  );
  for (const conversation of conversations) await viewWhere(conversation, isLive);
  const before = streams();
  proxy.cut();
  for (const conversation of conversations) {
    const { messageId } = await conversation.send({ text: 'After the cut.' });
    await viewWhere(conversation, (view) => isLive(view) && hasEnded(messageId)(view));
  }
  expect(streams()).toBeGreaterThan(before);
});
