import type { Request } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { Cluster } from '../support/cluster.js';
import type { Product } from '../support/product.js';
import { ChatPage } from './chat-page.js';

const HOSTILE = [
  'Before.',
  '<script>window.harmed = "script"</script>',
  'Inline <img src=x onerror="window.harmed = \'img\'"> and <svg onload="window.harmed = \'svg\'"></svg> and <b onclick="window.harmed = 1">bold</b>.',
  '[a link](javascript:window.harmed="link") [data](data:text/html,<script>parent.harmed=1</script>) [coded](&#106;avascript:window.harmed=2) <javascript:window.harmed=3>',
  '![an image](https://evil.example/pixel.png) ![another](http://evil.example/a.svg "title")',
  '<iframe src="https://evil.example/frame"></iframe>',
  '<form action="https://evil.example/"><input name="password"><button>Sign in</button></form>',
  '<style>body { display: none }</style><link rel="stylesheet" href="https://evil.example/a.css"><base href="https://evil.example/">',
  '<div id="root" class="composer" style="position:fixed;inset:0">cover</div>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=window.harmed=4&gt;">',
  '[good](https://example.org/page) and bare https://example.org/bare',
  `| ${Array.from({ length: 60 }, (_, index) => `head ${index}`).join(' | ')} |`,
].join('\n\n');
const TABLE = [
  `|${' --- |'.repeat(60)}`,
  ...Array.from({ length: 80 }, () => `|${' <img src=y onerror="window.harmed=5"> |'.repeat(60)}`),
].join('\n');

const browser = useBrowser();
let cluster: Cluster;
let product: Product;

beforeAll(async () => {
  cluster = await Cluster.start();
  product = await cluster.all();
});
afterAll(() => cluster.stop());

test('nothing that a model writes runs, loads, or leads anywhere but to a web page', async () => {
  const requests: Request[] = [];
  const page = await browser.newPage();
  page.context().on('request', (request) => requests.push(request));
  const dialogs: string[] = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  const chat = await ChatPage.open(page, product.url);
  cluster.ollama.script({ text: `${HOSTILE}\n${TABLE}\n\nThe very end.` });
  await chat.ask('Harm me.');
  await chat.hasAnswer('complete');
  await chat.shows('The very end.');

  const answer = chat.answers.last();
  // What was clicked would have run by the time the next evaluation has been answered.
  for (const link of await answer.getByText(/a link|data|coded|bold/).all()) await link.click();
  expect(await page.evaluate('window.harmed')).toBeUndefined();
  expect(dialogs).toEqual([]);
  expect(
    await answer
      .locator('.block :is(img, script, svg, style, iframe, form, input, button, link, base, math)')
      .count(),
  ).toBe(0);
  expect(
    await answer.locator('.block :is([onerror], [onclick], [onload], [style], [class], [id])').count(),
  ).toBe(0);
  const targets = await page.evaluate<string[]>(
    "Array.from(document.querySelectorAll('.answer a[href]'), (link) => link.getAttribute('href'))",
  );
  expect(targets.length).toBeGreaterThanOrEqual(4);
  expect(targets.filter((target) => !/^https?:/.test(target))).toEqual([]);
  const elsewhere = requests
    .map((request) => new URL(request.url()))
    .filter(({ origin }) => origin !== product.url);
  expect(elsewhere).toEqual([]);
  // It is wide and stays within the answer.
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  expect(await chat.composer.isVisible()).toBe(true);
});

/** Each once froze the page, or ended its conversation for good. */
const UNRENDERABLE = [
  '>'.repeat(4000),
  '- '.repeat(2500),
  '**a '.repeat(8000),
  '*a **b '.repeat(4000),
  '['.repeat(8000),
  '![a]('.repeat(8000),
  '`a'.repeat(8000),
  '<a '.repeat(8000),
  `${'|a'.repeat(4000)}|\n${'|-'.repeat(4000)}|`,
  '- a *b*\n\ntext\n\n'.repeat(8000),
];
/** Usually some seconds for the ten of them; what takes the square of the time takes minutes. */
const MOST_MS = 45_000;

test('a conversation full of answers that are hard to render opens, and can be gone on with', async () => {
  const chat = await ChatPage.open(await browser.newPage(), product.url);
  const { page, person } = chat;
  const id = await person.newConversation();
  for (const [index, text] of UNRENDERABLE.entries()) {
    cluster.ollama.script({ text: [`Answer ${index}.\n\n${text}`] });
    await person.chat(id, `Question ${index}?`);
  }
  const started = Date.now();
  await page.goto(`${product.url}/#/c/${id}`);
  await chat.hasAnswer('complete');
  for (const index of UNRENDERABLE.keys()) {
    await chat.answers.nth(index).getByText(`Answer ${index}.`, { exact: true }).waitFor();
  }
  expect(Date.now() - started).toBeLessThan(MOST_MS);
  // On a phone, too, there is room for the text in the deepest quote.
  await page.setViewportSize({ width: 320, height: 640 });
  const narrowest =
    "Math.min(...Array.from(document.querySelectorAll('.prose p'), (text) => text.clientWidth))";
  expect(await page.evaluate(narrowest)).toBeGreaterThan(40);
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  cluster.ollama.script({ text: 'And on.' });
  await chat.ask('Go on?');
  await chat.shows('And on.');
  await chat.hasAnswer('complete');
});

test('what a person writes is shown as it was written', async () => {
  const chat = await ChatPage.open(await browser.newPage(), product.url);
  const text = '<img src=x onerror="window.harmed = 1"> **not bold** [no](https://example.org)';
  await chat.ask(text);
  await chat.hasAnswer('complete');
  expect(await chat.questions.locator('.bubble').textContent()).toBe(text);
  expect(await chat.questions.locator('img, a, strong').count()).toBe(0);
  expect(await chat.page.evaluate('window.harmed')).toBeUndefined();
});
