import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { ANSWER, ENDING, HALF, TOKENS } from '../dialects/two-gateways.js';
import { type OllamaDouble, startOllamaDouble } from '../doubles/ollama/server.js';
import { useBrowser } from '../support/browser.js';
import { Person } from '../support/client.js';
import { Product } from '../support/product.js';
import { type SwitchedProxy, startSwitchedProxy } from '../support/switched-proxy.js';
import { serveFolders } from './folder-server.js';
import { packPackages } from './packed.js';
import { buildReactProject, createReactProject } from './react-project.js';
import { ROOT, runExample } from './run-example.js';

const browser = useBrowser();

let folder: string;
let pages: Awaited<ReturnType<typeof serveFolders>>;
let product: Product;
let ollama: OllamaDouble;
/** The address of the gateway, which stays when it restarts. */
let proxy: SwitchedProxy;

/** As the pages' headers say: with demo users, and letting their origin in. */
function startProduct(): Promise<Product> {
  return Product.start({
    DATA_DIR: join(folder, 'data'),
    CORS_ORIGINS: pages.origin,
    LLM_PROVIDER: 'ollama',
    OLLAMA_HOST: ollama.url,
    LLM_IDLE_SECONDS: '300',
    DRAIN_SECONDS: '1',
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veda-pages-'));
  const project = join(folder, 'project');
  const packed = join(folder, 'packed');
  const useChat = join(folder, 'use-chat');
  pages = await serveFolders({ examples: join(ROOT, 'examples'), packed, 'use-chat': useChat });
  ollama = await startOllamaDouble();
  ollama.defaultScript({ text: TOKENS, tokensPerSecond: 4 });
  [product] = await Promise.all([
    startProduct(),
    packPackages(folder)
      .then((packages) => createReactProject(project, packages))
      .then(() => buildReactProject(project, '/packed/', packed)),
    buildExample('use-chat', useChat),
  ]);
  proxy = await startSwitchedProxy(portOf(product));
});

afterAll(async () => {
  await product.stop();
  await Promise.all([pages.stop(), proxy.stop(), ollama.stop()]);
  // As root, the cluster is elsewhere.
  await rm(await realpath(join(folder, 'data/postgres')), { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
});

/** As the first lines of the example say, for production. */
async function buildExample(name: string, out: string): Promise<void> {
  const args = ['build', `examples/${name}`, '--config', 'examples/vite.config.mjs'];
  await runExample('node_modules/.bin/vite', [...args, '--base', `/${name}/`, '--outDir', out]);
}

function portOf({ url }: Product): number {
  return Number(new URL(url).port);
}

/** The last answer as the gateway has it, told to whom the page has signed in. */
async function storedAnswer(page: Page): Promise<string> {
  const session = await page.evaluate<string>(`localStorage.getItem('veda.session')`);
  const person = new Person(product.url, (JSON.parse(session) as { accessToken: string }).accessToken);
  const [conversation] = (await person.call('GET', '/api/conversations')).body.items;
  const { items } = (await person.call('GET', `/api/conversations/${conversation.id}/messages`)).body;
  return items.at(-1).content;
}

test.each([
  ['browser.html', '/examples/browser.html'],
  ['the React component in a project with the packed library', '/packed/index.html'],
])('%s signs in from another origin, sends, and shows connection and answer', async (_, path) => {
  const page = await browser.newPage();
  await page.goto(`${pages.origin}${path}?gateway=${product.url}`);
  await page.getByText('live over socketio').waitFor();
  await page.getByLabel('Message').fill('What helps against a cold?');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.locator('[data-role=assistant][data-status=streaming]').waitFor();
  const answer = page.locator('[data-role=assistant][data-status=complete]');
  await answer.waitFor();
  expect(await page.locator('[data-role=user]').textContent()).toBe('What helps against a cold?');
  expect(await answer.textContent()).toBe(await storedAnswer(page));
});

test('useChat shows an answer to its end after a reload, a cut, in a second tab, and when its gateway restarts', async () => {
  const stall = () => ollama.script({ text: TOKENS, fault: 'stall', after: 3 });
  const send = async (page: Page, text: string): Promise<void> => {
    await page.getByLabel('Message').fill(text);
    await page.getByRole('button', { name: 'Send' }).click();
  };
  const shows = (page: Page, index: number, text: string): Promise<void> =>
    page
      .locator('li', { hasText: text })
      .and(page.locator(`li:nth-child(${index + 1})`))
      .waitFor();
  const textsOf = (page: Page): Promise<string[]> => page.locator('li').allTextContents();
  const page = await browser.newPage(/Failed to load resource/);
  page.context().setDefaultTimeout(120_000);
  await page.goto(`${pages.origin}/use-chat/index.html?gateway=http://127.0.0.1:${proxy.port}`);

  stall();
  await send(page, 'What helps?');
  await shows(page, 1, HALF.trim());
  await page.reload();
  await shows(page, 1, HALF.trim());
  const second = await page.context().newPage();
  await second.goto(page.url());
  await shows(second, 1, HALF.trim());

  const cut = [page, second].map((tab) => tab.getByText('reconnecting').waitFor());
  proxy.leadTo(portOf(product));
  await Promise.all(cut);
  await Promise.all([page, second].map((tab) => tab.getByText('streaming').waitFor()));
  await second.getByRole('button', { name: 'Stop' }).click();
  const stopped = ['What helps?', HALF + ENDING];
  for (const tab of [page, second]) {
    await tab.getByText('ready').waitFor();
    expect(await textsOf(tab)).toEqual(stopped);
  }

  ollama.script({ text: ['Sleep.'] });
  await page.getByRole('button', { name: 'Again' }).click();
  await shows(page, 1, 'Sleep.');
  await page.getByText('ready').waitFor();
  expect(await textsOf(page)).toEqual(['What helps?', `Sleep.${ENDING}`]);

  stall();
  await send(page, 'And then?');
  await shows(page, 3, HALF.trim());
  expect(await product.stop()).toBe(0);
  product = await startProduct();
  proxy.leadTo(portOf(product));
  await shows(page, 3, ANSWER.trim());
  await page.getByText('ready').waitFor();
  expect(await textsOf(page)).toEqual(['What helps?', `Sleep.${ENDING}`, 'And then?', ANSWER]);
});
