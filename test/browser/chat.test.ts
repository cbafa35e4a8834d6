import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DISCLAIMER, withoutDisclaimer } from '../../src/generation/disclaimer.js';
import { useBrowser } from '../support/browser.js';
import { Person } from '../support/client.js';
import { Product } from '../support/product.js';
import { ChatPage } from './chat-page.js';

const browser = useBrowser();
let dataDir: string;
let product: Product;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'veda-browser-'));
  product = await Product.start({ DATA_DIR: dataDir, DEV_LLM_TOKENS_PER_SECOND: '80' });
});
afterAll(async () => {
  await Product.killAll();
  // As root, the cluster is elsewhere.
  await rm(await realpath(join(dataDir, 'postgres')), { recursive: true, force: true });
  await rm(dataDir, { recursive: true, force: true });
});

/** With whom the page has signed in. */
async function demoUser(): Promise<ChatPage> {
  const page = await browser.newPage();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const watched = await ChatPage.tab(page, new Person(product.url, ''));
  await page.goto(product.url);
  await page.getByRole('button', { name: 'Try it as a demo user' }).click();
  await watched.composer.waitFor();
  const session = await page.evaluate<string>("localStorage.getItem('veda.session')");
  const { accessToken } = JSON.parse(session) as { accessToken: string };
  return new ChatPage(page, new Person(product.url, accessToken));
}

/** What is left of Markdown when it is shown: no marks, and whatever white space. */
function wordsOf(text: string): string {
  return text
    .replaceAll(/[*#]|^\s*(?:-|\d+\.) /gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

test('a demo user asks an example, and the answer comes bit by bit, as it is stored', async () => {
  const chat = await demoUser();
  const { page } = chat;
  await page.getByRole('button', { name: 'What helps against a cold?' }).click();
  await chat.hasAnswer('streaming');
  expect(await chat.answers.last().getAttribute('aria-busy')).toBe('true');
  await chat.hasAnswer('complete');
  expect(await chat.answers.last().getAttribute('aria-busy')).toBe('false');

  const [question, answer] = await chat.stored();
  expect(question?.content).toBe('What helps against a cold?');
  const content = answer?.content ?? '';
  expect(content.endsWith(`\n\n${DISCLAIMER}`)).toBe(true);
  expect((await chat.growth()).steps).toBeGreaterThan(10);

  const shown = await chat.answers.last().locator('.block').allInnerTexts();
  expect(wordsOf(shown.join('\n'))).toBe(wordsOf(withoutDisclaimer(content)));
  expect(await page.getByText('Medical Disclaimer').count()).toBe(1);
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(content);
  await page.getByRole('heading', { name: 'What helps against a cold?', level: 1 }).waitFor();
  expect(await page.title()).toBe('What helps against a cold? · veda');
});

test('an answer that is stopped keeps what was written', async () => {
  const chat = await demoUser();
  await chat.ask('I have a headache.');
  await chat.shows('headaches');
  await chat.page.getByRole('button', { name: 'Stop the answer' }).click();
  await chat.hasAnswer('stopped');
  await chat.answers.last().getByText('You stopped this answer.').waitFor();
  expect(await chat.page.getByRole('button', { name: 'Stop the answer' }).count()).toBe(0);
  const answer = (await chat.stored()).at(-1);
  const shown = await chat.answers.last().locator('.block').allInnerTexts();
  expect(wordsOf(shown.join('\n'))).toBe(wordsOf(withoutDisclaimer(answer?.content ?? '')));
  expect(answer).toMatchObject({ status: 'stopped', content: expect.stringContaining(DISCLAIMER) });
});

test('an answer that is regenerated comes once more, below the first', async () => {
  const chat = await demoUser();
  await chat.ask('How can I sleep better?');
  await chat.hasAnswer('complete');
  await chat.page.getByRole('button', { name: 'Regenerate' }).click();
  await chat.page.getByRole('heading', { name: 'veda, once more' }).waitFor();
  await chat.hasAnswer('complete');
  expect(await chat.questions.count()).toBe(1);
  const [question, first, second] = await chat.stored();
  expect(second).toMatchObject({ replyTo: question?.id, content: first?.content });
  const [one, other] = await Promise.all(
    [0, 1].map((n) => chat.answers.nth(n).locator('.prose').innerText()),
  );
  expect(other).toBe(one);
  // Only the newest can be asked for again.
  expect(await chat.page.getByRole('button', { name: 'Regenerate' }).count()).toBe(1);
});

test('a browser that keeps nothing for pages has the chat all the same', async () => {
  const page = await browser.newPage();
  await page.addInitScript(`
    for (const name of ['localStorage', 'sessionStorage']) {
      Object.defineProperty(window, name, { get() { throw new DOMException('denied', 'SecurityError'); } });
    }
  `);
  await page.goto(product.url);
  await page.getByRole('button', { name: 'Try it as a demo user' }).click();
  await page.getByRole('button', { name: 'What helps against a cold?' }).click();
  await page.locator('.answer[data-status=complete]').waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Try it as a demo user' }).waitFor();
});
