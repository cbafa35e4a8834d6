import type { TransportName } from '../../src/client/api.js';
import { useBrowser } from '../support/browser.js';
import { type OfficeProxy, startOfficeProxy } from '../support/office-proxy.js';
import { ChatPage } from './chat-page.js';
import { EndlessSite } from './endless-site.js';
import { expectCompleteAnswer } from './expect-complete-answer.js';

const browser = useBrowser();
let site: EndlessSite;
let proxy: OfficeProxy;

beforeAll(async () => {
  site = await EndlessSite.start();
});
afterAll(() => site.stop());
beforeEach(async () => {
  site.model.begin();
  proxy = await startOfficeProxy(site.url);
});
afterEach(() => proxy.stop());

test.each<{ what: string; buffers: boolean; transport: TransportName; name: string }>([
  { what: 'WebSockets are refused', buffers: false, transport: 'sse', name: 'SSE' },
  {
    what: 'WebSockets are refused and streams held back',
    buffers: true,
    transport: 'polling',
    name: 'polling',
  },
])('where $what, the answer comes over $name, and the page says so', async ({ buffers, transport, name }) => {
  proxy.upgrades = false;
  proxy.buffers = buffers;
  const chat = await ChatPage.open(await browser.newPage(/WebSocket connection to/), proxy.url);
  await chat.ask('Tell me a story.');
  await chat.isLive(transport);
  await site.showsNewText(chat);

  await chat.openPanel();
  expect(await chat.panel.locator('dd').nth(1).textContent()).toBe(name);
  expect(await chat.page.locator('.connection-button').textContent()).toBe('Connection: Connected');
  await expectCompleteAnswer(chat, site.model);
});

test('WebSockets that are let through later are used later', async () => {
  proxy.upgrades = false;
  const chat = await ChatPage.open(await browser.newPage(/WebSocket connection to/), proxy.url);
  await chat.ask('Tell me a story.');
  await chat.isLive('sse');
  await site.showsNewText(chat);

  proxy.upgrades = true;
  // As a phone that comes into another network.
  await chat.page.evaluate("dispatchEvent(new Event('online'))");
  await chat.isLive('socketio');
  await site.showsNewText(chat);
  await expectCompleteAnswer(chat, site.model);
});
