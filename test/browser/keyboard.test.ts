import { randomUUID } from 'node:crypto';
import type { Locator, Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { ChatPage } from './chat-page.js';
import { StorySite } from './story-site.js';

const MOST_TABS = 30;

const browser = useBrowser();
let site: StorySite;

beforeAll(async () => {
  site = await StorySite.start();
});
afterAll(() => site.stop());
beforeEach(() => site.storyteller.goOn());

/** Goes on with Tab until this has the focus. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  const focused = target.and(page.locator(':focus'));
  for (let tabs = 0; tabs < MOST_TABS; tabs++) {
    if ((await focused.count()) > 0) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${MOST_TABS} times Tab do not lead to ${String(target)}`);
}

test('from the first page to an answer that is stopped, with the keyboard alone', async () => {
  const page = await browser.newPage();
  await page.goto(site.url);
  await tabTo(page, page.getByRole('button', { name: 'Create an account' }));
  await page.keyboard.press('Enter');
  await page.keyboard.press('Shift+Tab');
  await tabTo(page, page.getByRole('button', { name: 'Create an account' }).or(page.getByLabel('Email')));
});

test('Escape closes what is open, and else stops the answer', async () => {
  const chat = await ChatPage.open(await browser.newPage(), site.url);
  const { page } = chat;
  await chat.ask('Tell me a story.');
  await site.untilShown(chat);

  await tabTo(page, page.getByRole('button', { name: /^Connection: / }));
  await page.keyboard.press('Enter');
  await chat.panel.waitFor();
  await page.keyboard.press('Escape');
  await chat.panel.waitFor({ state: 'detached' });

  await tabTo(page, page.getByRole('button', { name: /^Rename / }));
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await site.untilShown(chat);

  await page.keyboard.press('Escape');
  await chat.hasAnswer('stopped');
});
