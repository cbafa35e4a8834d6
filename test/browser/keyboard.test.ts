import { randomUUID } from 'node:crypto';
import type { Locator, Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { ChatPage } from './chat-page.js';
import { EndlessSite } from './endless-site.js';

const MOST_TABS = 30;

const browser = useBrowser();
let site: EndlessSite;

beforeAll(async () => {
  site = await EndlessSite.start();
});
afterAll(() => site.stop());
beforeEach(() => site.model.begin());

/** Goes on with Tab until this has the focus. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  const focused = target.and(page.locator(':focus'));
  await target.waitFor({ state: 'attached' });
  for (let tabs = 0; tabs < MOST_TABS; tabs++) {
    if ((await focused.count()) > 0) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`no Tab leads to ${String(target)}`);
}

test('from the first page to an answer, with the keyboard alone', async () => {
  const page = await browser.newPage();
  const { keyboard } = page;
  await page.goto(site.url);
  await tabTo(page, page.getByRole('button', { name: 'Create an account' }));
  await keyboard.press('Enter');
  await page.getByRole('button', { name: 'Create account' }).waitFor();
  await keyboard.press('Tab');
  await tabTo(page, page.getByLabel('Email'));
  await keyboard.type(`${randomUUID()}@example.org`);
  await tabTo(page, page.getByLabel('Password'));
  await keyboard.type('correct horse');
  await keyboard.press('Enter');

  const composer = page.getByRole('textbox', { name: 'Your message' });
  await tabTo(page, composer);
  await keyboard.type('Tell me');
  await keyboard.press('Shift+Enter');
  await keyboard.type('a story.');
  await keyboard.press('Enter');
  await page.locator('.answer[data-status=streaming]').waitFor();
  expect(await page.locator('.question .bubble').textContent()).toBe('Tell me\na story.');
  // Ready for the next.
  await composer.and(page.locator(':focus')).waitFor();
  site.model.end();
  await page.locator('.answer[data-status=complete]').waitFor();
  // Told at its end, to who cannot see it grow.
  expect(await page.getByTestId('announcer').textContent()).toMatch(/^Answer: Größe0 naïveté1 /);
});

test('Escape closes what is open, and else stops the answer', async () => {
  const chat = await ChatPage.open(await browser.newPage(), site.url);
  const { page } = chat;
  await chat.ask('Tell me a story.');
  await site.showsNewText(chat);

  const connection = page.getByRole('button', { name: /^Connection: / });
  await tabTo(page, connection);
  await page.keyboard.press('Enter');
  await chat.panel.waitFor();
  await page.keyboard.press('Escape');
  await chat.panel.waitFor({ state: 'detached' });

  const rename = page.getByRole('button', { name: /^Rename / });
  await tabTo(page, rename);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await rename.and(page.locator(':focus')).waitFor();
  await site.showsNewText(chat);

  await page.keyboard.press('Escape');
  await chat.hasAnswer('stopped');
});

test('the first Tab leads past the list of conversations', async () => {
  const chat = await ChatPage.open(await browser.newPage(), site.url);
  const { page } = chat;
  await chat.composer.waitFor();
  await page.evaluate('document.activeElement.blur()');
  await tabTo(page, page.getByRole('link', { name: 'Skip to the conversation' }));
  await page.keyboard.press('Enter');
  await chat.composer.and(page.locator(':focus')).waitFor();
});
