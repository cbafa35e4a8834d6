import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import type { Product } from '../support/product.js';
import { ChatPage } from './chat-page.js';

const browser = useBrowser();
let cluster: Cluster;
let product: Product;

beforeAll(async () => {
  cluster = await Cluster.start();
  // Nobody else may take over what hangs, however busy this machine is.
  product = await cluster.all({ LEASE_SECONDS: '30' });
});
afterAll(() => cluster.stop());
beforeEach(() => cluster.ollama.defaultScript({ text: 'An answer.' }));

const clipboard = (page: Page): Promise<string> => page.evaluate('navigator.clipboard.readText()');

/** Resolves when the voice was given these sentences, and fails when it was given others. */
async function said(page: Page, ...sentences: readonly string[]): Promise<void> {
  for (;;) {
    const given = await page.evaluate<string[]>('voice.said');
    expect(given).toEqual(sentences.slice(0, given.length));
    if (given.length === sentences.length) return;
    await page.evaluate('new Promise(requestAnimationFrame)');
  }
}

test('code, a table and the link of an answer are copied, and the link leads to the answer', async () => {
  const chat = await ChatPage.open(await browser.newPage(), product.url);
  const { page } = chat;
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  cluster.ollama.script({
    text: '| Name | Dose |\n| --- | --- |\n| Paracetamol | **500** mg |\n\n```js\nlet a = 1;\nlet b;\n```\n\nThat is all.',
  });
  await chat.ask('What helps?');
  await chat.hasAnswer('complete');
  await page.getByRole('button', { name: 'Copy table' }).press('Enter');
  await page.getByText('Copied').first().waitFor();
  expect(await clipboard(page)).toBe('Name\tDose\nParacetamol\t500 mg');
  await page.getByRole('button', { name: 'Copy code' }).press('Enter');
  await chat.answers.locator('.copy-block').last().getByText('Copied').waitFor();
  expect(await clipboard(page)).toBe('let a = 1;\nlet b;');
  await page.getByRole('button', { name: 'Link' }).press('Enter');
  await chat.answers.last().locator('.actions').getByText('Copied').waitFor();
  const other = await page.context().newPage();
  await other.goto(await clipboard(page));
  await other.locator('.answer:focus').getByText('That is all.').waitFor();
});

test('an answer is read aloud as it is written, and the reading can be stopped', async () => {
  const page = await browser.newPage();
  await page.addInitScript({ path: join(import.meta.dirname, '../doubles/voice.js') });
  const chat = await ChatPage.open(page, product.url);
  cluster.ollama.script({
    text: ['**Drink** something warm. ', 'And then', ' rest.'],
    fault: 'stall',
    after: 2,
  });
  await chat.ask('What helps?');
  await chat.shows('And then');
  await page.getByRole('button', { name: 'Read aloud' }).press('Enter');
  await said(page, 'Drink something warm.');
  await page.getByRole('button', { name: 'Stop the answer' }).click();
  await said(page, 'Drink something warm.', 'And then');
  await page.evaluate('voice.finish()');
  await page.getByRole('button', { name: 'Read aloud' }).press('Enter');
  await page.getByRole('button', { name: 'Stop reading' }).press('Enter');
  await page.getByRole('button', { name: 'Read aloud' }).waitFor();
});

test('a conversation is saved with all its messages, and printed without what is around it', async () => {
  const chat = await ChatPage.open(await browser.newPage(), product.url);
  const { page, person } = chat;
  const id = await person.newConversation();
  // More than the page loads at first.
  for (let count = 0; count < 26; count++) await person.send(id, `Question ${count}?`);
  await person.chat(id, 'And the last?');
  await page.goto(`${product.url}/#/c/${id}`);
  await chat.questions.last().getByText('And the last?').waitFor();
  await page.getByRole('button', { name: 'Print or save the conversation' }).press('Enter');
  const save = async (name: string): Promise<string> => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name }).press('Enter'),
    ]);
    return readFile(await download.path(), 'utf8');
  };
  const markdown = await save('Save as text (Markdown)');
  expect(markdown).toMatch(
    /^# Question 0\?\n\n## You, .*\n\nQuestion 0\?\n\n## veda \(AI\), .*\n\nAn answer\./,
  );
  expect(markdown).toContain('And the last?');
  const { messages } = JSON.parse(await save('Save as data (JSON)'));
  expect(messages).toHaveLength(54);
  await page.keyboard.press('Escape');
  await page.emulateMedia({ media: 'print' });
  expect(await chat.composer.isVisible()).toBe(false);
  expect(await chat.questions.first().isVisible()).toBe(true);
});

test('an answer is rated with a reason, which stays until it is taken back', async () => {
  const chat = await ChatPage.open(await browser.newPage(), product.url);
  const { page } = chat;
  await chat.ask('What helps?');
  await chat.hasAnswer('complete');
  const bad = page.getByRole('button', { name: 'This answer did not help' });
  await bad.press('Enter');
  await page.getByRole('radio', { name: 'It could do harm' }).check();
  await page.getByRole('textbox', { name: /^Anything else/ }).fill('Twice the dose.');
  await page.getByRole('dialog').getByRole('button', { name: 'Send' }).press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const given = { rating: 'down', reason: 'harmful', comment: 'Twice the dose.' };
  expect((await chat.stored())[1]).toMatchObject({ feedback: given });
  await page.reload();
  await page.locator('.thumb[aria-pressed=true]').waitFor();
  await bad.press('Enter');
  await page.locator('.thumb[aria-pressed=true]').waitFor({ state: 'detached' });
  expect((await chat.stored())[1]).not.toHaveProperty('feedback');
});

test('settings take effect at once and stay, another device is signed out, the account is deleted', async () => {
  const chat = await ChatPage.open(await browser.newPage(/status of 40[13]/), product.url);
  const { page } = chat;
  const { email } = (await chat.person.call('GET', '/api/me')).body;
  const signIn = await fetch(`${product.url}/api/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'User-Agent': 'Mozilla/5.0 (Android 14) Firefox/130.0' },
    body: JSON.stringify({ email, password: 'correct horse' }),
  });
  const phone = new Person(product.url, ((await signIn.json()) as { accessToken: string }).accessToken);
  await chat.composer.waitFor();
  await page.getByRole('button', { name: 'Settings' }).press('Enter');
  await page.getByRole('radio', { name: 'Larger' }).check();
  await page.getByRole('radio', { name: 'Dark' }).check();
  await page.getByRole('radio', { name: /^Begins a new line/ }).check();
  const root = page.locator('html[data-text-size=larger][data-theme=dark]');
  await root.waitFor();
  await page.getByRole('button', { name: 'Sign out Firefox on Android' }).press('Enter');
  await page.getByRole('button', { name: 'Sign out Firefox on Android' }).waitFor({ state: 'detached' });
  expect((await phone.call('GET', '/api/me')).status).toBe(401);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save all my data' }).press('Enter'),
  ]);
  expect(JSON.parse(await readFile(await download.path(), 'utf8')).user.email).toBe(email);
  await page.keyboard.press('Escape');
  await page.reload();
  await root.waitFor();
  await chat.composer.fill('One');
  await chat.composer.press('Enter');
  await page.keyboard.type('Two');
  expect(await chat.composer.inputValue()).toBe('One\nTwo');
  await chat.composer.press('Control+Enter');
  await chat.hasAnswer('complete');

  await page.evaluate('document.activeElement.blur()');
  await page.keyboard.press('?');
  await page.getByRole('heading', { name: 'Keyboard shortcuts' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Settings' }).press('Enter');
  await page.getByRole('button', { name: 'Delete my account …' }).press('Enter');
  await page.getByLabel('Password').fill('wrong horse');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('alert').waitFor();
  await page.getByLabel('Password').fill('correct horse');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  expect((await chat.person.call('GET', '/api/me')).status).toBe(401);
});
