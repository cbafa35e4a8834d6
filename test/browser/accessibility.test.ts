import { useBrowser } from '../support/browser.js';
import { Cluster } from '../support/cluster.js';
import type { Product } from '../support/product.js';
import { ChatPage } from './chat-page.js';
import { expectAccessible } from './expect-accessible.js';

const ANSWER = [
  '### A heading',
  'A **bold** word, a [link](https://example.org) and `code`.',
  '#### One below',
  '1. one\n2. two\n   - three',
  '> Quoted.',
  '| Name | Dose |\n| --- | --- |\n| Paracetamol | 500 mg |',
  '## Beside',
  '```\nsome code\n```',
].join('\n\n');

const browser = useBrowser();
let cluster: Cluster;
let product: Product;

beforeAll(async () => {
  cluster = await Cluster.start();
  // Nobody else may take over what hangs, however busy this machine is.
  product = await cluster.all({ LEASE_SECONDS: '30' });
});
afterAll(() => cluster.stop());
beforeEach(() => cluster.ollama.defaultScript({ text: ANSWER }));

test('signing in and making an account', async () => {
  const page = await browser.newPage(/status of 401/);
  await page.goto(product.url);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await expectAccessible(page);
  await page.getByLabel('Email').fill('nobody@example.org');
  await page.getByLabel('Password').fill('wrong horse');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Create an account' }).click();
  await expectAccessible(page);
});

test('a conversation from its beginning to an answer', async () => {
  const chat = await ChatPage.open(await browser.newPage(), product.url);
  await chat.composer.waitFor();
  await expectAccessible(chat.page);
  cluster.ollama.script({ text: ANSWER, fault: 'stall', after: 12 });
  await chat.ask('What helps?');
  await chat.shows('A heading');
  await expectAccessible(chat.page);
  await chat.page.getByRole('button', { name: 'Stop the answer' }).click();
  await chat.hasAnswer('stopped');
  await chat.ask('What else?');
  await chat.hasAnswer('complete');
  await expectAccessible(chat.page);
  cluster.ollama.script({ text: ['Call for help.'] });
  await chat.ask('I have chest pain.');
  await chat.hasAnswer('complete');
  await chat.page.locator('.danger-alert').waitFor();
  await expectAccessible(chat.page);
  await chat.openPanel();
  await expectAccessible(chat.page);
});

test('an answer that breaks off, and one that never comes', async () => {
  const chat = await ChatPage.open(await browser.newPage(), product.url);
  cluster.ollama.defaultScript({ text: ANSWER, fault: 'error-line', after: 12 });
  await chat.ask('What helps?');
  await chat.hasAnswer('incomplete');
  await expectAccessible(chat.page);
  cluster.ollama.defaultScript({ fault: 'error', after: 0 });
  await chat.ask('What else?');
  await chat.hasAnswer('failed');
  await expectAccessible(chat.page);
});

test('dialogs, the drawer, and a conversation that is not there', async () => {
  const chat = await ChatPage.open(await browser.newPage(/status of 404/), product.url);
  const { page } = chat;
  await chat.ask('What helps?');
  await chat.hasAnswer('complete');
  await page.getByRole('button', { name: 'Rename “What helps?”' }).press('Enter');
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Delete “What helps?”' }).press('Enter');
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByRole('textbox', { name: 'Search your conversations' }).fill('helps');
  await page.locator('.result').waitFor();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'This answer did not help' }).click();
  await page.getByRole('heading', { name: 'What was wrong?' }).waitFor();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByText('This device').waitFor();
  await page.getByRole('button', { name: 'Delete my account …' }).click();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
  await page.getByRole('heading', { name: 'Keyboard shortcuts' }).waitFor();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Print or save the conversation' }).click();
  await page.getByRole('heading', { name: 'Print or save the conversation' }).waitFor();
  await expectAccessible(page);
  await page.keyboard.press('Escape');

  await page.setViewportSize({ width: 375, height: 700 });
  await page.getByRole('button', { name: 'Conversations' }).click();
  await page.getByRole('dialog', { name: 'Conversations' }).waitFor();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expectAccessible(page);

  await page.evaluate("location.hash = '#/c/01900000-0000-7000-8000-000000000000'");
  await page.getByText('This conversation is not there.').waitFor();
  await expectAccessible(page);
});
