import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { Person } from '../support/client.js';
import { Product } from '../support/product.js';
import { serveFolders } from './folder-server.js';
import { packPackages } from './packed.js';
import { buildReactProject, createReactProject } from './react-project.js';
import { ROOT } from './run-example.js';

const browser = useBrowser();

let folder: string;
let pages: Awaited<ReturnType<typeof serveFolders>>;
let product: Product;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veda-pages-'));
  const project = join(folder, 'project');
  const packed = join(folder, 'packed');
  pages = await serveFolders({ examples: join(ROOT, 'examples'), packed });
  [product] = await Promise.all([
    // As the pages' headers say: with demo users, and letting their origin in.
    Product.start({
      DATA_DIR: join(folder, 'data'),
      CORS_ORIGINS: pages.origin,
      DEV_LLM_TOKENS_PER_SECOND: '100',
    }),
    packPackages(folder)
      .then((packages) => createReactProject(project, packages))
      .then(() => buildReactProject(project, '/packed/', packed)),
  ]);
});

afterAll(async () => {
  await product.stop();
  await pages.stop();
  // As root, the cluster is elsewhere.
  await rm(await realpath(join(folder, 'data/postgres')), { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
});

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
