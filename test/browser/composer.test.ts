import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { ChatPage } from './chat-page.js';
import { EndlessSite } from './endless-site.js';

const PHONE = { viewport: { width: 390, height: 700 }, hasTouch: true, isMobile: true };

const browser = useBrowser();
let site: EndlessSite;

beforeAll(async () => {
  site = await EndlessSite.start();
});
afterAll(() => site.stop());
beforeEach(() => site.model.begin());

/** A key as the browser reports it while an input method has it. */
async function pressInComposition(page: Page, key: string, init: object): Promise<void> {
  await page.evaluate(`
    document.activeElement.dispatchEvent(new KeyboardEvent('keydown',
      { key: '${key}', bubbles: true, cancelable: true, ...${JSON.stringify(init)} }))`);
}

test.each([
  ['Chromium and Firefox', { isComposing: true }],
  ['Safari', { keyCode: 229 }],
])('Enter and Escape in a composition do nothing, as %s report it', async (_, init) => {
  const chat = await ChatPage.open(await browser.newPage(), site.url);
  await chat.ask('Tell me a story.');
  await site.showsNewText(chat);
  await chat.composer.fill('にほん');
  await pressInComposition(chat.page, 'Enter', init);
  await pressInComposition(chat.page, 'Escape', init);
  await site.showsNewText(chat);
  expect(await chat.composer.inputValue()).toBe('にほん');
  expect(await chat.questions.count()).toBe(1);
  expect(await chat.answers.last().getAttribute('data-status')).toBe('streaming');
  // Outside of a composition both work.
  await chat.page.keyboard.press('Escape');
  await chat.hasAnswer('stopped');
  await chat.page.keyboard.press('Enter');
  await chat.questions.filter({ hasText: 'にほん' }).waitFor();
  site.model.end();
  await chat.hasAnswer('complete');
});

test('a text that is too long is kept, counted in characters, and not sent until it is short enough', async () => {
  site.model.end();
  const chat = await ChatPage.open(await browser.newPage(), site.url);
  const { page, composer } = chat;
  const end = 'I am allergic to penicillin.';
  const text = `${'🩺'.repeat(32_000)}${end}`;
  await composer.focus();
  await page.keyboard.insertText(text);
  await page
    .getByText(`This message has 32,028 characters. At most 32,000 can be sent. Please shorten it by 28.`)
    .waitFor();
  expect(await composer.inputValue()).toBe(text);
  expect(await composer.getAttribute('aria-invalid')).toBe('true');
  await composer.press('Enter');
  expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true);
  expect(await composer.inputValue()).toBe(text);

  for (const _ of end) await composer.press('Backspace');
  await page.getByText('0 characters left').waitFor();
  await composer.press('Enter');
  await chat.hasAnswer('complete');
  const [question] = await chat.stored();
  expect(question?.content).toBe('🩺'.repeat(32_000));
});

test('on a touch screen Enter begins a new line, and the button sends', async () => {
  site.model.end();
  const chat = await ChatPage.open(await browser.newPage(undefined, PHONE), site.url);
  await chat.composer.tap();
  await chat.page.keyboard.type('One');
  await chat.page.keyboard.press('Enter');
  await chat.page.keyboard.type('two');
  expect(await chat.composer.inputValue()).toBe('One\ntwo');
  expect(await chat.composer.getAttribute('enterkeyhint')).toBe('enter');
  await chat.page.getByRole('button', { name: 'Send' }).tap();
  await chat.hasAnswer('complete');
  expect(await chat.questions.locator('.bubble').textContent()).toBe('One\ntwo');
});

/** Resolves in the page as soon as this holds of the box that scrolls. */
function scrollerHas(page: Page, condition: string): Promise<void> {
  return page.evaluate(`new Promise((resolve) => {
    // Asked for each time: sending the first message replaces it.
    const look = () => {
      const box = document.querySelector('.scroller');
      const below = () => box.scrollHeight - box.scrollTop - box.clientHeight;
      return (${condition}) ? resolve() : requestAnimationFrame(look);
    };
    look();
  })`);
}

test('scrolling up by a few pixels lets go of the end, and the button takes hold of it', async () => {
  const chat = await ChatPage.open(await browser.newPage(), site.url);
  const { page } = chat;
  await page.setViewportSize({ width: 600, height: 400 });
  await chat.ask('Tell me a story.');
  await scrollerHas(page, 'box.scrollHeight > 2 * box.clientHeight && below() <= 2');
  await page.locator('.scroller').hover();
  await page.mouse.wheel(0, -3);
  const jump = page.getByRole('button', { name: 'Jump to latest' });
  await jump.waitFor();
  const position = () => page.evaluate<number>("document.querySelector('.scroller').scrollTop");
  const before = await position();
  await scrollerHas(page, 'below() > 60');
  expect(await position()).toBe(before);

  await jump.click();
  await jump.waitFor({ state: 'detached' });
  await site.showsNewText(chat);
  site.model.end();
  await chat.hasAnswer('complete');
  await scrollerHas(page, 'below() <= 2');
});
