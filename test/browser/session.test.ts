import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { Person } from '../support/client.js';
import { tokenFor } from '../support/token.js';
import { ChatPage } from './chat-page.js';
import { EndlessSite } from './endless-site.js';
import { expectCompleteAnswer } from './expect-complete-answer.js';

/** What is refused is no mistake of the page: a password, or a token that has expired on the way. */
const REFUSED = /status of 401/;

const browser = useBrowser();
let site: EndlessSite;

beforeAll(async () => {
  site = await EndlessSite.start({ ACCESS_TOKEN_SECONDS: '2' });
});
afterAll(() => site.stop());
beforeEach(() => site.model.begin());

/** All that is kept in this browser, in one text. */
function kept(page: Page): Promise<string> {
  return page.evaluate('JSON.stringify([localStorage, sessionStorage, document.cookie])');
}

/** The id of who is signed in. */
function userIn(page: Page): Promise<string> {
  return page.evaluate("JSON.parse(localStorage.getItem('veda.session')).user.id");
}

const signOut = (page: Page) => page.getByRole('button', { name: 'Sign out' }).click();
const welcome = (page: Page) => page.getByRole('heading', { name: 'Sign in' }).waitFor();

test('a person registers, leaves, mistypes the password, and comes back to the conversation', async () => {
  const page = await browser.newPage(REFUSED);
  const credentials = { email: `${randomUUID()}@example.org`, password: 'correct horse' };
  await page.goto(site.url);
  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.getByLabel('Name').fill('Ada Lovelace');
  await page.getByLabel('Email').fill(credentials.email);
  await page.getByLabel('Password').fill(credentials.password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByText('Ada Lovelace').waitFor();
  site.model.end();
  await page.getByRole('textbox', { name: 'Your message' }).fill('What helps against a cold?');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.locator('.answer[data-status=complete]').waitFor();

  await signOut(page);
  await page.getByLabel('Email').fill(credentials.email);
  await page.getByLabel('Password').fill('wrong horse');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  expect(await page.getByRole('alert').textContent()).toMatch(/password/i);
  await page.getByLabel('Password').fill(credentials.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: 'What helps against a cold?' }).click();
  await page.locator('.answer[data-status=complete]').waitFor();
});

test('who signs out leaves nothing behind, in no tab, and whoever comes next sees nothing of it', async () => {
  const chat = await ChatPage.open(await browser.newPage(REFUSED), site.url);
  await chat.ask('A question about my health.');
  await site.showsNewText(chat);
  const other = await chat.page.context().newPage();
  await other.goto(chat.page.url());
  await other.locator('.answer').waitFor();
  expect(await kept(chat.page)).toContain('veda.session');
  const userId = await userIn(chat.page);

  await chat.page.getByRole('textbox', { name: 'Your message' }).fill('A draft about my health.');
  await signOut(chat.page);
  await Promise.all([welcome(chat.page), welcome(other)]);
  expect(await kept(chat.page)).toBe('[{},{},""]');
  for (const page of [chat.page, other]) {
    expect(new URL(page.url()).hash).toBe('#/');
    expect(await page.title()).not.toContain('health');
    expect(await page.content()).not.toContain('health');
  }

  const { page } = chat;
  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.getByLabel('Email').fill(`${randomUUID()}@example.org`);
  await page.getByLabel('Password').fill('correct horse');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByText('Your conversations will be listed here.').waitFor();
  await other.getByText('Your conversations will be listed here.').waitFor();
  expect(await page.getByRole('textbox', { name: 'Your message' }).inputValue()).toBe('');
  expect(await page.content()).not.toContain('health');
  expect(await kept(page)).not.toContain(userId);
});

test.each(['socketio', 'websocket', 'sse'] as const)(
  'an access token that expires in mid-answer over %s is replaced, and nobody notices',
  async (transport) => {
    const chat = await ChatPage.open(await browser.newPage(REFUSED), site.url);
    await chat.ask('Tell me a story.');
    await chat.openPanel();
    await chat.use(transport);
    await chat.isLive(transport);
    await chat.page.waitForResponse('**/api/auth/refresh');
    await chat.isLive(transport);
    await site.showsNewText(chat);
    const lasting = new Person(site.url, tokenFor(await userIn(chat.page)));
    await expectCompleteAnswer(new ChatPage(chat.page, lasting), site.model);
  },
);
