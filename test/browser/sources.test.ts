import { useBrowser } from '../support/browser.js';
import { Cluster } from '../support/cluster.js';
import { addDocuments, EMBED_MODEL, newDocument } from '../support/documents.js';
import type { Product } from '../support/product.js';
import { ChatPage } from './chat-page.js';
import { expectAccessible } from './expect-accessible.js';

const PASSAGE = 'A dark room helps against a migraine.';

const browser = useBrowser();
let cluster: Cluster;
let product: Product;

beforeAll(async () => {
  cluster = await Cluster.start({
    EMBED_MODEL,
    KNOWLEDGE_REQUIRED: 'true',
    KNOWLEDGE_SIMILARITY: '0.45',
    KNOWLEDGE_SECONDS: '200',
  });
  const url = 'https://example.org/migraine';
  await addDocuments(cluster, newDocument('migraine', [PASSAGE], { title: 'Migraine', url }));
  product = await cluster.all();
});
afterAll(() => cluster.stop());

test('sources stand below the answer, and only numbers that they have lead to them', async () => {
  const chat = await ChatPage.open(await browser.newPage(), product.url);
  await chat.composer.waitFor();
  cluster.ollama.script({ text: ['A dark room [1], ', 'not [2], `a[1]` nor [0].'] });
  await chat.ask('What helps against a migraine?');
  await chat.hasAnswer('complete');
  const answer = chat.answers.last();
  const sources = answer.getByRole('region', { name: 'Sources' });
  await sources.getByText('Migraine', { exact: true }).waitFor();
  expect(await sources.getByRole('link').getAttribute('href')).toBe('https://example.org/migraine');
  expect(await answer.locator('.prose').textContent()).toBe('A dark room [1], not [2], a[1] nor [0].');
  const cited = answer.locator('.prose').getByRole('link');
  expect(await cited.allTextContents()).toEqual(['[1]']);
  expect(await sources.getByText(PASSAGE).isVisible()).toBe(false);
  const { hash } = new URL(chat.page.url());
  await cited.click();
  await sources.getByText(PASSAGE).waitFor();
  expect(await sources.locator('li:focus').count()).toBe(1);
  // The address names the conversation.
  expect(new URL(chat.page.url()).hash).toBe(hash);
  await expectAccessible(chat.page);

  await chat.ask('Qué hora es, y qué día es hoy? Dímelo por favor, con el año y el mes.');
  await chat.hasAnswer('complete');
  await chat.answers.last().getByText('No document of this service supports this answer.').waitFor();

  await chat.page.reload();
  await chat.answers.first().getByRole('region', { name: 'Sources' }).waitFor();
});
