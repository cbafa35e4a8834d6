import { useBrowser } from '../support/browser.js';
import { Cluster } from '../support/cluster.js';
import { type OfficeProxy, startOfficeProxy } from '../support/office-proxy.js';
import type { Product } from '../support/product.js';
import { ChatPage } from './chat-page.js';
import { type EndlessModel, startEndlessModel, wordAt } from './endless-model.js';
import { expectCompleteAnswer } from './expect-complete-answer.js';

const browser = useBrowser();
let model: EndlessModel;
let cluster: Cluster;
let address: OfficeProxy | undefined;

beforeEach(async () => {
  model = await startEndlessModel();
  cluster = await Cluster.start({ OLLAMA_HOST: model.url });
});
afterEach(async () => {
  await address?.stop();
  await cluster.stop();
  await model.stop();
});

/** A page with a running answer, behind a proxy that leads to this gateway. */
async function listening(gateway: Product): Promise<{ chat: ChatPage; address: OfficeProxy }> {
  address = await startOfficeProxy(gateway.url);
  const page = await browser.newPage(/net::ERR_|WebSocket connection to/);
  const chat = await ChatPage.open(page, address.url);
  await chat.ask('Tell me a story.');
  await chat.shows(wordAt(20));
  return { chat, address };
}

test('a gateway that dies in mid-answer is said to be away, and the answer goes on when it is back', async () => {
  await cluster.worker();
  const gateway = await cluster.gateway();
  const { chat, address } = await listening(gateway);

  await gateway.stop('SIGKILL');
  await chat.page.getByRole('status').getByText('No connection').waitFor();
  expect(await chat.page.locator('.connection-button').textContent()).not.toContain('Connected');
  const { url } = await cluster.gateway();
  // Long before the page would try again by itself. If it does so first, on a machine that stands still, the button goes.
  await chat.page.getByText(/next try in ([6-9]|1\d) s/).waitFor();
  address.target = url;
  const button = chat.page.getByRole('button', { name: 'Connect now' });
  await Promise.race([button.click().catch(() => {}), chat.isLive()]);
  await chat.isLive();
  await chat.page.getByText('No connection').waitFor({ state: 'detached' });
  await chat.shows(wordAt(model.words + 10));
  await expectCompleteAnswer(chat, model);
});

test('a gateway that is stopped hands its people over to the next one', async () => {
  await cluster.worker();
  const [gateway, next] = await Promise.all([cluster.gateway(), cluster.gateway()]);
  const { chat, address } = await listening(gateway);

  address.target = next.url;
  expect(await gateway.stop()).toBe(0);
  await chat.isLive();
  await chat.shows(wordAt(model.words + 10));
  await expectCompleteAnswer(chat, model);
});

test('an answer whose worker dies is gone on with by another', async () => {
  const [worker, gateway] = await Promise.all([cluster.worker(), cluster.gateway()]);
  const { chat } = await listening(gateway);

  await worker.stop('SIGKILL');
  await cluster.worker();
  await chat.shows(wordAt(model.words + 10));
  await chat.isLive();
  await expectCompleteAnswer(chat, model);
});
