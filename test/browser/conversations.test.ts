import { useBrowser } from '../support/browser.js';
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

test('a conversation is renamed and deleted, and a tab that shows it says so', async () => {
  const chat = await ChatPage.open(await browser.newPage(/status of 404/), product.url);
  const { page } = chat;
  await chat.ask('What helps?');
  await chat.hasAnswer('complete');
  await page.getByRole('button', { name: 'Rename “What helps?”' }).press('Enter');
  await page.getByLabel('Title').fill('About a cold');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'About a cold', level: 1 }).waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  const other = await ChatPage.tab(await page.context().newPage(), chat.person);
  await other.page.goto(page.url());
  await other.page.getByRole('heading', { name: 'About a cold', level: 1 }).waitFor();
  await other.isLive();
  await page.getByRole('button', { name: 'Delete “About a cold”' }).press('Enter');
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByText('How can I help you today?').waitFor();
  await other.page.getByText('This conversation is not there.').waitFor();
  expect((await chat.person.call('GET', '/api/conversations')).body.items).toEqual([]);
});

test('a long conversation shows its end, and what was before when it is asked for, in its place', async () => {
  const chat = await ChatPage.open(await browser.newPage(), product.url);
  const { page, person } = chat;
  const id = await person.newConversation();
  const questions = Array.from({ length: 40 }, (_, index) => `Question ${index}.`);
  for (const question of questions) await person.chat(id, question);
  await page.goto(`${product.url}/#/c/${id}`);
  await chat.shows('An answer.');
  await chat.questions.last().getByText('Question 39.').waitFor();
  expect(await chat.questions.getByText('Question 0.', { exact: true }).count()).toBe(0);

  const earlier = page.getByRole('button', { name: 'Show earlier messages' });
  const first = chat.questions.first();
  const read = page.locator(`[data-message-id="${await first.getAttribute('data-message-id')}"]`);
  await earlier.scrollIntoViewIfNeeded();
  const shownAt = (await read.boundingBox())?.y ?? 0;
  await earlier.click();
  await chat.questions.getByText('Question 0.', { exact: true }).waitFor({ state: 'attached' });
  expect(Math.abs(((await read.boundingBox())?.y ?? 0) - shownAt)).toBeLessThan(60);
  await earlier.waitFor({ state: 'detached' });
  expect(await chat.questions.locator('.bubble').allTextContents()).toEqual(questions);
});

test('an answer that failed is tried again, and one that waits its turn says so', async () => {
  const chat = await ChatPage.open(await browser.newPage(), product.url);
  cluster.ollama.defaultScript({ fault: 'error', after: 0 });
  await chat.ask('What helps?');
  await chat.hasAnswer('failed');
  await chat.answers.last().getByText('There is no answer.').waitFor();
  cluster.ollama.defaultScript({ text: 'At last.', fault: 'stall', after: 1 });
  await chat.page.getByRole('button', { name: 'Try again' }).click();
  await chat.shows('At');

  await chat.ask('And then?');
  await chat.answers.last().getByText('Waiting for its turn').waitFor();
  cluster.ollama.defaultScript({ text: 'Then this.' });
  await chat.page.getByRole('button', { name: 'Stop the answer' }).click();
  await chat.shows('Then this.');
  await chat.hasAnswer('complete');
  const statuses = (await chat.stored()).map(({ role, status }) => `${role} ${status}`);
  expect(statuses).toEqual([
    'user complete',
    'assistant failed',
    'assistant stopped',
    'user complete',
    'assistant complete',
  ]);
  expect(await chat.page.locator('.messages > li').count()).toBe(5);
});

test('a session that is ended elsewhere leads to the first page', async () => {
  const chat = await ChatPage.open(await browser.newPage(/status of 401/), product.url);
  await chat.ask('What helps?');
  await chat.hasAnswer('complete');
  await chat.person.call('POST', '/api/auth/logout');
  await chat.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  expect(await chat.page.evaluate('localStorage.length')).toBe(0);
});

test('on a touch screen every conversation can be renamed and deleted, and the dialog says which one', async () => {
  const phone = { viewport: { width: 390, height: 700 }, hasTouch: true, isMobile: true };
  const chat = await ChatPage.open(await browser.newPage(undefined, phone), product.url);
  const { page, person } = chat;
  // As with any client of REST, which gives no titles.
  for (const question of ['Other question?', 'Open question?']) {
    await person.chat(await person.newConversation(), question);
  }
  await page.reload();
  await page.getByRole('button', { name: 'Conversations' }).tap();
  await page.getByRole('link', { name: 'Open question?' }).tap();
  await chat.hasAnswer('complete');
  await page.getByRole('button', { name: 'Conversations' }).tap();
  await page.getByRole('button', { name: 'Rename “Other question?”' }).tap();
  await page.getByLabel('Title').fill('About sleep');
  await page.getByRole('button', { name: 'Rename', exact: true }).tap();
  await page.getByRole('button', { name: 'Delete “About sleep”' }).tap();
  const dialog = page.getByRole('dialog', { name: 'Delete “About sleep”?' });
  await dialog.getByRole('heading', { name: 'Delete “About sleep”?' }).waitFor();
  await dialog.getByRole('button', { name: 'Delete' }).tap();
  await page.getByRole('link', { name: 'About sleep' }).waitFor({ state: 'detached' });
  const { items } = (await person.call('GET', '/api/conversations')).body;
  expect(items).toMatchObject([{ title: 'Open question?' }]);
});

test('the list follows other devices: the newest message first, new titles, pins, the archive, and deletions', async () => {
  const page = await browser.newPage();
  await page.clock.install();
  const chat = await ChatPage.open(page, product.url);
  const { person } = chat;
  const [first, second] = [await person.newConversation(), await person.newConversation()];
  await person.chat(first, 'First question?');
  await person.chat(second, 'Second question?');
  const links = page.getByRole('navigation').getByRole('link');
  /** As time does: the page looks again every 15 s. */
  const lists = async (...titles: string[]) => {
    for (;;) {
      await page.clock.runFor(15_000);
      if ((await links.allTextContents()).join() === titles.join()) return;
    }
  };
  await lists('Second question?', 'First question?');
  expect(await page.getByRole('list', { name: 'Today' }).getByRole('listitem').count()).toBe(2);
  await person.chat(first, 'Another?');
  await lists('First question?', 'Second question?');
  await person.call('PATCH', `/api/conversations/${second}`, { title: 'Renamed elsewhere' });
  await lists('First question?', 'Renamed elsewhere');
  await person.call('PATCH', `/api/conversations/${second}`, { pinned: true });
  await lists('Renamed elsewhere', 'First question?');
  await page.getByRole('list', { name: 'Pinned' }).getByRole('link', { name: 'Renamed elsewhere' }).waitFor();
  await person.call('PATCH', `/api/conversations/${second}`, { archived: true });
  await lists('First question?');
  await page.getByRole('button', { name: 'Archived', exact: true }).press('Enter');
  await page.getByRole('button', { name: 'Put back “Renamed elsewhere”' }).press('Enter');
  await page.getByText('No conversation is archived.').waitFor();
  await page.getByRole('button', { name: 'Back to all conversations' }).press('Enter');
  await page.getByRole('button', { name: 'Pin “Renamed elsewhere”' }).press('Enter');
  await page.getByRole('list', { name: 'Pinned' }).waitFor({ state: 'detached' });
  await lists('First question?', 'Renamed elsewhere');
  await page.getByRole('button', { name: 'Delete “Renamed elsewhere”' }).press('Enter');
  await page.getByRole('button', { name: 'Archive instead' }).press('Enter');
  await lists('First question?');
  await person.call('DELETE', `/api/conversations/${first}`);
  await lists();
});

test('a search leads to a message far up in a conversation, with the keyboard alone', async () => {
  const chat = await ChatPage.open(await browser.newPage(), product.url);
  const { page, person } = chat;
  const id = await person.newConversation();
  await person.send(id, 'Is the needle sharp?');
  // More than the page loads at first.
  for (let count = 0; count < 25; count++) await person.send(id, `Question ${count}.`);
  await person.chat(id, 'And the last?');
  await chat.composer.waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('textbox', { name: 'Search your conversations' }).waitFor();
  await page.keyboard.type('NEEDLE sha');
  // The list beside the dialog has a link of this name, too.
  const result = page.getByRole('dialog').getByRole('link', { name: /the needle sharp/ });
  // What was found for the first letters may be shown before.
  await result.locator('mark', { hasText: 'sharp' }).waitFor();
  expect(await result.locator('mark').allTextContents()).toEqual(['needle', 'sharp']);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const question = page.locator('.question:focus');
  await question.getByText('Is the needle sharp?').waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect((await question.boundingBox())?.y).toBeGreaterThan(0);
  expect(await chat.questions.last().getByText('And the last?').count()).toBe(1);
});
