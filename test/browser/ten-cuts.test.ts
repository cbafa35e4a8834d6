import type { TransportName } from '../../src/client/api.js';
import { useBrowser } from '../support/browser.js';
import { type OfficeProxy, startOfficeProxy } from '../support/office-proxy.js';
import { ChatPage } from './chat-page.js';
import { EndlessSite } from './endless-site.js';
import { expectCompleteAnswer } from './expect-complete-answer.js';

const TRANSPORTS: readonly TransportName[] = ['websocket', 'sse', 'polling', 'socketio'];
const CUTS = 10;
/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9';

const browser = useBrowser();
let site: EndlessSite;
let network: OfficeProxy;

beforeAll(async () => {
  site = await EndlessSite.start();
  network = await startOfficeProxy(site.url);
});
afterAll(async () => {
  await network.stop();
  await site.stop();
});

test('the network is cut ten times during one answer, each time under another transport', async () => {
  const page = await browser.newPage(/net::ERR_|WebSocket connection to/);
  const chat = await ChatPage.open(page, network.url);
  await chat.ask('Tell me a story.');
  await chat.openPanel();
  for (let cuts = 0; cuts < CUTS; cuts++) {
    const transport = TRANSPORTS[cuts % TRANSPORTS.length] ?? 'sse';
    await chat.use(transport);
    await chat.isLive(transport);
    await site.showsNewText(chat);

    network.target = NOWHERE;
    network.cut();
    await chat.isDisconnected();
    network.target = site.url;
    // The browser tells its pages so when it has a network again.
    await page.evaluate("dispatchEvent(new Event('online'))");
  }
  await chat.isLive();
  await expectCompleteAnswer(chat, site.model);
});
