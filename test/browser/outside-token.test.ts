import { Issuer, rsa, sign } from '../doubles/jwks-issuer.js';
import { useBrowser } from '../support/browser.js';
import { Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import { ChatPage } from './chat-page.js';

const browser = useBrowser();
const ISSUER = 'https://issuer.example';
const AUDIENCE = 'gateway';
const signer = rsa('one');
let issuer: Issuer;
let cluster: Cluster;
let url: string;

beforeAll(async () => {
  [issuer, cluster] = await Promise.all([Issuer.start(signer), Cluster.start()]);
  ({ url } = await cluster.all({
    JWKS_URI: issuer.uri,
    JWT_ISSUER: ISSUER,
    JWT_AUDIENCE: AUDIENCE,
    JWT_AUTO_PROVISION: 'true',
  }));
});
afterAll(async () => {
  await cluster.stop();
  issuer.stop();
});

function tokenOf(subject: string): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + 300;
  return sign(signer, { iss: ISSUER, aud: AUDIENCE, sub: subject, exp });
}

test('where accounts are kept elsewhere, a token lets in, for as long as the tab is open', async () => {
  const token = await tokenOf('somebody');
  const chat = await ChatPage.tab(await browser.newPage(/status of 401/), new Person(url, token));
  const { page } = chat;
  await page.goto(url);
  await page.getByLabel('Authentication token').fill('no token');
  expect(await page.getByText(/demo user|Create an account/).count()).toBe(0);
  await page.getByRole('button', { name: 'Use this token' }).click();
  await page.getByRole('alert').waitFor();

  await page.getByLabel('Authentication token').fill(token);
  await page.getByRole('button', { name: 'Use this token' }).click();
  await chat.ask('What helps?');
  await chat.hasAnswer('complete');
  await page.reload();
  await chat.hasAnswer('complete');
  expect(await page.evaluate('localStorage.length')).toBe(0);

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Authentication token').waitFor();
  expect(await page.evaluate('sessionStorage.length')).toBe(0);
  expect(new URL(page.url()).hash).toBe('#/');
});
