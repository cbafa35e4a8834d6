import { useBrowser } from '../support/browser.js';
import { Cluster } from '../support/cluster.js';
import type { Product } from '../support/product.js';
import { ChatPage } from './chat-page.js';

/** Each line is a paragraph of its own, and is shown as it is written. */
const SENTENCES = [
  'Take 1~2 tablets, 3~5 times a day.',
  '5*10*2 mg, (5)*10*(2) mg and 2**3**2.',
  '> 39 °C: see a doctor.',
  '+ 3 mg more.',
  'Blood pressure 120|80, IL_6_max, a_b.',
  '\\(E=mc^2\\) and \\[x_1*x_2\\] and $$a*b$$.',
];

/** Every kind of block. */
const BLOCKS = [
  'A **bold** word\nand a second line.',
  '3. three\n4. four\n   - below',
  '7) seven\n8) eight',
  '| left | middle | right |\n| :-- | :-: | --: |\n| 1 | 2 | 3 |',
  '> Quoted.',
  '```js\nlet a = 5 * 10;\n```',
  '---',
  '# Heading',
].join('\n\n');

const browser = useBrowser();
let cluster: Cluster;
let product: Product;

beforeAll(async () => {
  cluster = await Cluster.start();
  product = await cluster.all();
});
afterAll(() => cluster.stop());

/** A page with this answer, which has ended. */
async function answered(text: string, expected?: RegExp): Promise<ChatPage> {
  const chat = await ChatPage.open(await browser.newPage(expected), product.url);
  cluster.ollama.script({ text });
  await chat.ask('What helps?');
  await chat.hasAnswer('complete');
  return chat;
}

test('numbers and signs are shown, and said, as they are written', async () => {
  const chat = await answered(SENTENCES.join('\n\n'));
  expect(await chat.answers.locator('.block').allInnerTexts()).toEqual(SENTENCES);
  expect(await chat.page.getByTestId('announcer').textContent()).toBe(`Answer: ${SENTENCES.join('\n')}`);
});

test('every kind of block is shown as what it is', async () => {
  const chat = await answered(BLOCKS);
  const answer = chat.answers.last();
  expect(await answer.locator('.block').first().innerText()).toBe('A bold word\nand a second line.');
  const marks = await chat.page.evaluate<unknown[]>(`
    Array.from(document.querySelectorAll('.answer li'), (item) =>
      [item.value, item.parentElement.localName, getComputedStyle(item).listStyleType, item.firstChild.textContent])`);
  expect(marks).toEqual([
    [3, 'ol', 'decimal', 'three'],
    [4, 'ol', 'decimal', 'four'],
    [expect.any(Number), 'ul', 'disc', 'below'],
    [7, 'ol', 'parenthesised', 'seven'],
    [8, 'ol', 'parenthesised', 'eight'],
  ]);
  const aligned = await chat.page.evaluate<string[]>(
    "Array.from(document.querySelectorAll('.answer :is(th, td)'), (cell) => getComputedStyle(cell).textAlign)",
  );
  expect(aligned).toEqual(
    ['left', 'center', 'right', 'left', 'center', 'right'].map((side) => expect.stringContaining(side)),
  );
  expect(await answer.locator('blockquote').innerText()).toBe('Quoted.');
  expect(await answer.locator('pre').innerText()).toBe('let a = 5 * 10;\n');
  expect(await answer.locator('hr').count()).toBe(1);
  expect(await answer.getByRole('heading', { name: 'Heading', level: 3 }).count()).toBe(1);
});

test('an answer runs in the direction of its own language, item by item', async () => {
  const arabic =
    'اشرب الماء.\n\n- استرح\n- Drink water\n\n| الدواء | mg |\n| --- | --- |\n| أ | 5 |\n\n> استرح';
  const chat = await answered(arabic);
  const directions = await chat.page.evaluate<string[]>(`
    Array.from(document.querySelectorAll('.prose :is(p, li, table, td, blockquote)'),
      (element) => element.localName + ' ' + getComputedStyle(element).direction)`);
  expect(directions).toEqual([
    'p rtl',
    'li rtl',
    'li ltr',
    'table rtl',
    'td rtl',
    'td ltr',
    'blockquote rtl',
    'p rtl',
  ]);
  await chat.composer.fill('כיצד לישון?');
  const directionOf = (selector: string) =>
    chat.page.evaluate(`getComputedStyle(document.querySelector('${selector}')).direction`);
  expect(await directionOf('#message')).toBe('rtl');
  await chat.composer.press('Enter');
  await chat.questions.nth(1).waitFor();
  expect(await directionOf('.question:nth-of-type(3) .bubble')).toBe('rtl');
});

test('a message that cannot be rendered is plain text, and the others are not affected', async () => {
  const page = await browser.newPage(/Maximum call stack size exceeded/);
  // As a fault in a library would: it throws for this text alone.
  await page.addInitScript(`
    const { matchAll } = String.prototype;
    String.prototype.matchAll = function (pattern) {
      if (this.includes('unlucky')) throw new RangeError('Maximum call stack size exceeded');
      return matchAll.call(this, pattern);
    };
  `);
  const chat = await ChatPage.open(page, product.url);
  cluster.ollama.script({ text: 'An **unlucky** answer.' });
  await chat.ask('First?');
  await chat.hasAnswer('complete');
  cluster.ollama.script({ text: 'A **good** answer.' });
  await chat.ask('Second?');
  await chat.hasAnswer('complete');
  await page.reload();
  await chat.hasAnswer('complete');
  expect(await chat.answers.locator('.prose').allInnerTexts()).toEqual([
    'An **unlucky** answer.',
    'A good answer.',
  ]);
  expect(await chat.answers.first().getByText('Medical Disclaimer').count()).toBe(1);
});
