import { useBrowser } from '../support/browser.js';
import { Cluster } from '../support/cluster.js';

const browser = useBrowser();
let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.start();
});
afterAll(() => cluster.stop());

test.each([
  ['true', 1, 400],
  ['false', 0, 404],
])('with ALLOW_REGISTRATION=%s the page offers %i ways to make an account', async (value, ways, status) => {
  const { url } = await cluster.gateway({ ALLOW_REGISTRATION: value });
  const page = await browser.newPage();
  await page.goto(url);
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  expect(await page.getByRole('button', { name: 'Create an account' }).count()).toBe(ways);
  const headers = { 'Content-Type': 'application/json' };
  const refused = await fetch(`${url}/api/auth/register`, { method: 'POST', headers, body: '{}' });
  expect(refused.status).toBe(status);
});
