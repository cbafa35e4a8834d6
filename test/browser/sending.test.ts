import { useBrowser } from '../support/browser.js';
import { Cluster } from '../support/cluster.js';
import type { Product } from '../support/product.js';
import { ChatPage } from './chat-page.js';

const browser = useBrowser();
let cluster: Cluster;
let product: Product;

beforeAll(async () => {
  cluster = await Cluster.start();
  product = await cluster.all({ RATE_LIMIT_MESSAGES_PER_MINUTE: '2' });
});
afterAll(() => cluster.stop());

test('a message is said to be on its way only when it takes longer than a second', async () => {
  const page = await browser.newPage();
  await page.clock.install();
  const chat = await ChatPage.open(page, product.url);
  await chat.ask('First.');
  await chat.hasAnswer('complete');
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/messages', async (route) => {
    if (route.request().method() === 'POST') await released;
    await route.continue();
  });
  await page.clock.pauseAt(Date.now() + 60_000);
  await chat.ask('Second.');
  await page.locator('.question[data-status=sending]').waitFor();
  await page.clock.runFor(900);
  expect(await page.getByText(/Sending|Try now|Discard/).count()).toBe(0);
  await page.clock.runFor(200);
  await page.getByText('Sending …').waitFor();
  await page.getByRole('button', { name: 'Discard' }).waitFor();

  release();
  await page.clock.resume();
  await chat.hasAnswer('complete');
  expect(await page.getByText(/Sending|Try now|Discard/).count()).toBe(0);
});

test('a limit is told at once, with the time at which the message is sent', async () => {
  const chat = await ChatPage.open(await browser.newPage(/status of 429/), product.url);
  for (const question of ['First.', 'Second.']) {
    await chat.ask(question);
    await chat.hasAnswer('complete');
  }
  await chat.ask('Third.');
  const limit = chat.page.getByRole('alert').filter({ hasText: 'Too many messages in a short time.' });
  await limit.waitFor();
  expect(await limit.textContent()).toMatch(/This one is sent by itself at \d{1,2}:\d{2}:\d{2}/);
  await chat.page.getByRole('button', { name: 'Discard' }).click();
  await limit.waitFor({ state: 'detached' });
  expect(await chat.stored()).toHaveLength(4);
});

test('a failure of the server is told in the words of a patient', async () => {
  const chat = await ChatPage.open(await browser.newPage(/status of 500/), product.url);
  const { page } = chat;
  await chat.ask('First.');
  await chat.hasAnswer('complete');
  await page.route('**/api/conversations/*', (route) => route.fulfill({ status: 500, body: 'stack trace' }));
  await page.getByRole('button', { name: 'Rename “First.”' }).press('Enter');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('alert').waitFor();
  expect(await page.getByRole('dialog').getByRole('alert').textContent()).toMatch(
    /^(Something went wrong|The server cannot be reached)/,
  );
  expect(await page.locator('body').innerText()).not.toMatch(/500|Socket\.IO|WebSocket|SSE|stack/);
});
