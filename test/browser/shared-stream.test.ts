import { useBrowser } from '../support/browser.js';
import { Cluster } from '../support/cluster.js';
import { type OfficeProxy, startOfficeProxy } from '../support/office-proxy.js';
import { ChatPage } from './chat-page.js';

/** Twice as many as the connections that Chromium opens to a server over HTTP/1.1, for all tabs together. */
const TABS = 12;

const browser = useBrowser();
let cluster: Cluster;
let proxy: OfficeProxy;

beforeAll(async () => {
  cluster = await Cluster.start({ LLM_PROVIDER: 'echo', DEV_LLM_TOKENS_PER_SECOND: '50' });
  proxy = await startOfficeProxy((await cluster.all()).url);
  proxy.upgrades = false;
});
afterAll(async () => {
  await proxy.stop();
  await cluster.stop();
});

async function openTabs(): Promise<ChatPage[]> {
  const first = await browser.newPage(/WebSocket connection to/);
  const tabs = [await ChatPage.open(first, proxy.url)];
  const [one] = tabs as [ChatPage];
  while (tabs.length < TABS) {
    const tab = await ChatPage.tab(await first.context().newPage(), one.person);
    await tab.page.goto(proxy.url);
    tabs.push(tab);
  }
  return tabs;
}

test('where only event streams work, twelve tabs are live, send at once and are answered, over one stream', async () => {
  const tabs = await openTabs();
  await Promise.all(tabs.map((tab, n) => tab.ask(`Question ${n}.`)));
  for (const tab of tabs) {
    await tab.isLive('sse');
    await tab.hasAnswer('complete');
  }
  expect(proxy.requests.filter((request) => /conversations\/[^/]+\/stream$/.test(request))).toEqual([]);
  // Again: all are live from the beginning now.
  await Promise.all(tabs.map((tab) => tab.ask('And then?')));
  for (const tab of tabs) {
    await tab.questions.nth(1).waitFor();
    await tab.hasAnswer('complete');
  }

  // The tab that holds the stream is among those that are closed.
  const kept = tabs.slice(TABS / 2);
  await Promise.all(tabs.slice(0, TABS / 2).map(({ page }) => page.close()));
  await Promise.all(kept.map((tab) => tab.ask('Still there?')));
  for (const tab of kept) {
    await tab.questions.nth(2).waitFor();
    await tab.hasAnswer('complete');
    await tab.isLive('sse');
  }

  // Two tabs of one conversation.
  const [one, other] = kept as [ChatPage, ChatPage];
  await other.page.goto(one.page.url());
  await other.isLive('sse');
  await one.ask('Do you both see this?');
  await other.questions.filter({ hasText: 'Do you both see this?' }).waitFor();
  await other.hasAnswer('complete');
}, 300_000);
