import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { Cluster } from '../support/cluster.js';
import type { Product } from '../support/product.js';
import { ChatPage } from './chat-page.js';

/** Nothing in it can be broken, but words that are too long. */
const WIDE = [
  `| ${Array.from({ length: 20 }, (_, index) => `column ${index}`).join(' | ')} |`,
  `|${' --- |'.repeat(20)}`,
  `|${' cell |'.repeat(20)}`,
  '',
  `\`\`\`\n${'code '.repeat(100)}\n\`\`\``,
  '',
  `A${'a'.repeat(200)}h, and https://example.org/${'path/'.repeat(60)}`,
].join('\n');

/** Radio buttons are hit by their labels. */
const MISFITS = `
  Array.from(document.querySelectorAll('button, a.button, input:not([type=radio]), .choice label, textarea'))
    .filter((control) => control.checkVisibility())
    .filter((control) => {
      const { width, height, left, right } = control.getBoundingClientRect();
      return Math.min(width, height) < 24 || left < 0 || right > innerWidth;
    })
    .filter((control) => control.getBoundingClientRect().width > 0)
    .map((control) => control.outerHTML)`;

const browser = useBrowser();
let cluster: Cluster;
let product: Product;

beforeAll(async () => {
  cluster = await Cluster.start();
  product = await cluster.all();
});
afterAll(() => cluster.stop());
beforeEach(() => cluster.ollama.defaultScript({ text: WIDE }));

/** Nothing to be moved sideways, and nothing out of sight or too small to be hit (WCAG 2.2, 2.5.8; links in text are exempt). */
async function expectFits(page: Page): Promise<void> {
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  expect(await page.evaluate(MISFITS)).toEqual([]);
}

describe.each([375, 320])('on a screen %d pixels wide', (width) => {
  test.each(['light', 'dark'] as const)('everything fits, in the %s theme', async (colorScheme) => {
    const page = await browser.newPage();
    await page.setViewportSize({ width, height: 640 });
    await page.emulateMedia({ colorScheme });
    await page.goto(product.url);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await expectFits(page);

    const chat = await ChatPage.open(page, product.url);
    await chat.composer.waitFor();
    await expectFits(page);
    await chat.ask(`A long ${'question '.repeat(30)}${'x'.repeat(200)}`);
    await chat.hasAnswer('complete');
    await expectFits(page);
    await chat.openPanel();
    await expectFits(page);
  });

  test('the list is a drawer, which the keyboard opens and closes', async () => {
    const page = await browser.newPage();
    await page.setViewportSize({ width, height: 640 });
    // What slides in has no place of its own yet.
    await page.emulateMedia({ reducedMotion: 'reduce' });
    const chat = await ChatPage.open(page, product.url);
    await chat.ask('What helps?');
    await chat.hasAnswer('complete');
    const menu = page.getByRole('button', { name: 'Conversations' });
    const drawer = page.getByRole('dialog', { name: 'Conversations' });
    await menu.press('Enter');
    await drawer.waitFor();
    await expectFits(page);
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });
    await menu.and(page.locator(':focus')).waitFor();

    await menu.press('Enter');
    await drawer.getByRole('link', { name: 'New conversation' }).press('Enter');
    await drawer.waitFor({ state: 'detached' });
    await page.getByText('How can I help you today?').waitFor();
  });
});
