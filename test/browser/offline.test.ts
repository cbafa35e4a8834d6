import { useBrowser } from '../support/browser.js';
import { type OfficeProxy, startOfficeProxy } from '../support/office-proxy.js';
import { ChatPage } from './chat-page.js';
import { EndlessSite } from './endless-site.js';

const UNREACHED = /net::ERR_|WebSocket connection to/;

const browser = useBrowser();
let site: EndlessSite;
let network: OfficeProxy;

beforeAll(async () => {
  site = await EndlessSite.start();
  network = await startOfficeProxy(site.url);
  site.model.end();
});
afterAll(async () => {
  await network.stop();
  await site.stop();
});

/** A page with one question and its answer. */
async function withOneAnswer(): Promise<ChatPage> {
  const chat = await ChatPage.open(await browser.newPage(UNREACHED), network.url);
  await chat.ask('First.');
  await chat.hasAnswer('complete');
  return chat;
}

/** The page and the server have both questions, each once, and an answer to the second. */
async function expectBothOnce(chat: ChatPage): Promise<void> {
  await chat.questions.nth(1).and(chat.page.locator('[data-status=complete]')).waitFor();
  await chat.hasAnswer('complete');
  expect(await chat.questions.locator('.bubble').allTextContents()).toEqual(['First.', 'Second.']);
  const stored = await chat.stored();
  expect(stored.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant']);
  expect(stored[2]?.content).toBe('Second.');
  expect(await chat.page.evaluate("Object.keys(localStorage).join(' ')")).toBe('veda.session');
}

test('a message that is sent without a network waits, and arrives once when there is one', async () => {
  const chat = await withOneAnswer();
  await chat.page.context().setOffline(true);
  network.cut();
  await chat.isDisconnected();
  await chat.ask('Second.');
  const waiting = chat.questions.filter({ hasText: 'Sending …' });
  await waiting.waitFor();
  await chat.page.getByText('What you send waits here.').waitFor();
  expect(await waiting.getAttribute('data-status')).toBe('sending');

  await chat.page.context().setOffline(false);
  await expectBothOnce(chat);
});

test('a message that waits outlives a reload', async () => {
  const chat = await withOneAnswer();
  await chat.page.route('**/messages', (route) =>
    route.request().method() === 'POST' ? route.abort() : route.continue(),
  );
  await chat.ask('Second.');
  await chat.questions.filter({ hasText: 'Sending …' }).waitFor();
  await chat.page.reload();
  await chat.questions.filter({ hasText: 'Second.' }).filter({ hasText: 'Sending …' }).waitFor();

  // It is tried again by itself.
  await chat.page.unroute('**/messages');
  await expectBothOnce(chat);
});

test('a message whose acknowledgement is lost is sent again, and stored once', async () => {
  const chat = await withOneAnswer();
  network.loseReplyTo = 'POST';
  await chat.ask('Second.');
  await expectBothOnce(chat);
});

test('a message that waits can be taken back', async () => {
  const chat = await withOneAnswer();
  await chat.page.route('**/messages', (route) =>
    route.request().method() === 'POST' ? route.abort() : route.continue(),
  );
  await chat.ask('Second.');
  await chat.page.getByRole('button', { name: 'Discard' }).click();
  await chat.page.unroute('**/messages');
  await chat.page.reload();
  await chat.hasAnswer('complete');
  expect(await chat.questions.count()).toBe(1);
  expect(await chat.stored()).toHaveLength(2);
});
