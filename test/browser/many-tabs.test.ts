import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { type OfficeProxy, startOfficeProxy } from '../support/office-proxy.js';
import { ChatPage } from './chat-page.js';
import { EndlessSite } from './endless-site.js';
import { expectCompleteAnswer } from './expect-complete-answer.js';

/** Two more than the connections that Chromium opens to a server over HTTP/1.1, for all tabs together. */
const TABS = 8;

/** Tabs of a headless browser are always visible: this says to the page what a browser with a window would say. */
const VISIBILITY = `
  let state = 'visible';
  Object.defineProperty(document, 'visibilityState', { get: () => state });
  window.setVisibility = (next) => {
    state = next;
    document.dispatchEvent(new Event('visibilitychange'));
  };
  // As in a page over plain HTTP: its tabs cannot share a stream.
  Object.defineProperty(navigator, 'locks', { value: undefined });
`;

const browser = useBrowser();
let site: EndlessSite;
let proxy: OfficeProxy;

beforeAll(async () => {
  site = await EndlessSite.start();
  proxy = await startOfficeProxy(site.url);
  proxy.upgrades = false;
});
beforeEach(() => site.model.begin());
afterAll(async () => {
  await proxy.stop();
  await site.stop();
});

async function hide(page: Page): Promise<void> {
  await page.evaluate("setVisibility('hidden')");
}

async function show(page: Page): Promise<void> {
  await page.evaluate("setVisibility('visible')");
}

/** Eight tabs of one conversation, of which the last is visible. */
async function openTabs(): Promise<ChatPage[]> {
  const first = await browser.newPage(/WebSocket connection to/);
  await first.context().addInitScript(VISIBILITY);
  const tabs = [await ChatPage.open(first, proxy.url)];
  const [one] = tabs as [ChatPage];
  await one.ask('Tell me a story.');
  await one.isLive('sse');
  while (tabs.length < TABS) {
    await hide(tabs.at(-1)?.page ?? first);
    const tab = await ChatPage.tab(await first.context().newPage(), one.person);
    tabs.push(tab);
    await tab.page.goto(one.page.url());
    await tab.isLive('sse');
  }
  return tabs;
}

test('where only event streams work and tabs cannot share one, eight tabs load, and the one that is visible sends and is answered', async () => {
  const tabs = await openTabs();
  const visible = tabs.at(-1) as ChatPage;
  await site.showsNewText(visible);
  await expectCompleteAnswer(visible, site.model);
  await visible.ask('And then?');
  await visible.hasAnswer('complete');

  // Another tab has missed all of it, and shows it as soon as it is visible.
  const [first] = tabs as [ChatPage];
  await first.page.locator('.connection-button[data-state=paused]').waitFor();
  expect(await first.questions.count()).toBe(1);
  await hide(visible.page);
  await show(first.page);
  await first.isLive('sse');
  await first.hasAnswer('complete');
  expect(await first.page.locator('.messages').innerText()).toBe(
    await visible.page.locator('.messages').innerText(),
  );
}, 300_000);
