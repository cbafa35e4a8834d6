import { startTestApp, type TestApp } from '../../support/app.js';

/** The page as `npm run build` leaves it, at the gateway that it is made for. */
let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
});

afterAll(() => app.stop());

async function page(): Promise<string> {
  const response = await fetch(app.url);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  return response.text();
}

test('it is all files of its own, which may be kept for ever', async () => {
  const html = await page();
  const addresses = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address);
  expect(new Set(addresses.map((address) => address.split('.').at(-1)))).toEqual(
    new Set(['css', 'js', 'svg']),
  );
  for (const address of addresses) {
    expect(address).toMatch(/^\/assets\/[\w-]+-[\w-]{8}\.\w+$/);
    const { status, headers } = await fetch(app.url + address);
    expect([address, status]).toEqual([address, 200]);
    expect(headers.get('cache-control')).toContain('immutable');
  }
});

test('it has nothing inline that its policy would refuse', async () => {
  const html = await page();
  expect(html).not.toMatch(/<style|<script(?![^>]* src=)| style=| on\w+=|data:|https?:/);
});

test('it is told that there are accounts, that anybody can register, and no demo users', async () => {
  expect(await page()).toContain('<meta name="sign-in" content="accounts registration">');
});

test('the client library is one module, and whatever else it loads is there', async () => {
  const response = await fetch(`${app.url}/client.js`);
  const source = await response.text();
  expect(source).toMatch(/export\s*\{[^}]*createClient/);
  const others = [...source.matchAll(/["'`]\.\/(assets\/[\w.-]+\.js)["'`]/g)].map(([, name = '']) => name);
  expect(others).not.toEqual([]);
  for (const name of others) expect((await fetch(`${app.url}/${name}`)).status).toBe(200);
});
