import { useBrowser } from '../support/browser.js';
import { ChatPage } from './chat-page.js';
import { EndlessSite } from './endless-site.js';
import { expectCompleteAnswer } from './expect-complete-answer.js';

const browser = useBrowser();
let site: EndlessSite;

beforeAll(async () => {
  site = await EndlessSite.start();
});
afterAll(() => site.stop());
beforeEach(() => site.model.begin());

/** The same conversation in another tab of the same browser. */
async function otherTab(chat: ChatPage): Promise<ChatPage> {
  const other = await ChatPage.tab(await chat.page.context().newPage(), chat.person);
  await other.page.goto(chat.page.url());
  await other.isLive();
  return other;
}

test('two tabs on one conversation show the same, and what is sent in one appears in the other', async () => {
  const one = await ChatPage.open(await browser.newPage(), site.url);
  await one.ask('Tell me a story.');
  await site.showsNewText(one);
  const other = await otherTab(one);
  await site.showsNewText(other);
  await expectCompleteAnswer(one, site.model);
  await other.hasAnswer('complete');

  await other.ask('And then?');
  await one.questions.filter({ hasText: 'And then?' }).waitFor();
  await one.hasAnswer('complete');
  await other.hasAnswer('complete');
  expect(await one.page.locator('.messages').innerText()).toBe(
    await other.page.locator('.messages').innerText(),
  );
  expect((await one.stored()).map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant']);
});

test('a page that is loaded again in mid-answer has what was there at once, and goes on', async () => {
  const chat = await ChatPage.open(await browser.newPage(), site.url);
  await chat.ask('Tell me a story.');
  await site.showsNewText(chat);
  const address = chat.page.url();
  const { last: before } = await chat.growth();

  await chat.page.reload();
  await site.showsNewText(chat);
  expect(chat.page.url()).toBe(address);
  expect((await chat.growth()).first.startsWith(before)).toBe(true);
  await expectCompleteAnswer(chat, site.model);
});

test('Back leads to an answer that went on meanwhile', async () => {
  const chat = await ChatPage.open(await browser.newPage(), site.url);
  await chat.ask('Tell me a story.');
  await site.showsNewText(chat);
  const { last: before } = await chat.growth();
  await chat.page.getByRole('link', { name: 'New conversation' }).click();
  await chat.page.getByText('How can I help you today?').waitFor();
  await chat.forgetGrowth();
  await chat.page.goBack();
  await site.showsNewText(chat);
  expect((await chat.growth()).first.startsWith(before)).toBe(true);
  await expectCompleteAnswer(chat, site.model);
});
