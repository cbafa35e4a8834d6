import { useBrowser } from '../support/browser.js';
import { Cluster } from '../support/cluster.js';
import type { Product } from '../support/product.js';
import { ChatPage } from './chat-page.js';

const DANGER = 'I have chest pain and my left arm hurts.';

const browser = useBrowser();
let cluster: Cluster;
let product: Product;

beforeAll(async () => {
  cluster = await Cluster.start({ LLM_IDLE_SECONDS: '300' });
  // Nobody else may take over what hangs, however busy this machine is.
  product = await cluster.all({ LEASE_SECONDS: '30' });
});
afterAll(() => cluster.stop());

test('an alert is there before any text of the answer, above it, and is spoken', async () => {
  const chat = await ChatPage.open(await browser.newPage(), product.url);
  await chat.composer.waitFor();
  cluster.ollama.script({ text: ['Call ', 'for ', 'help.'], fault: 'stall', after: 0 });
  await chat.ask(DANGER);
  const alert = chat.answers.last().getByRole('alert');
  await alert.getByText('Pain or pressure in the chest can be a heart attack.').waitFor();
  expect(await chat.answers.last().locator('.block').count()).toBe(0);
  expect(await alert.getByRole('link', { name: '112' }).getAttribute('href')).toBe('tel:112');
  await chat.page.getByRole('button', { name: 'Stop the answer' }).click();
  await chat.hasAnswer('stopped');

  cluster.ollama.script({ text: ['Call ', 'for ', 'help.'] });
  await chat.ask('I took 30 paracetamol an hour ago.');
  await chat.hasAnswer('complete');
  // The newest alone is spoken, and each stands above the text of its answer.
  await chat.page
    .getByRole('alert')
    .getByText(/An overdose or a poisoning/)
    .waitFor();
  expect(await chat.page.getByRole('alert').count()).toBe(1);
  expect(await chat.answers.first().getByRole('note').count()).toBe(1);
  const box = await chat.answers.last().getByRole('alert').boundingBox();
  const text = await chat.answers.last().locator('.block').first().boundingBox();
  expect((box?.y ?? Number.NaN) + (box?.height ?? 0)).toBeLessThanOrEqual(text?.y ?? Number.NaN);

  // It stands in the message: a reload shows it again.
  await chat.page.reload();
  await chat.answers
    .last()
    .getByRole('alert')
    .getByText(/An overdose or a poisoning/)
    .waitFor();

  await chat.ask('Thank you. What helps against a cough?');
  await chat.hasAnswer('complete');
  expect(await chat.answers.last().locator('.danger-alert').count()).toBe(0);
});
