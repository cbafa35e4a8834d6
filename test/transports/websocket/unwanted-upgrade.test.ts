import { once } from 'node:events';
import { request } from 'node:http';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Person } from '../../support/client.js';

let app: TestApp;
let person: Person;

beforeAll(async () => {
  app = await startTestApp();
  person = await Person.register(app.url);
});

afterAll(() => app.stop());

/** Asks as clients do that would rather speak HTTP/2. */
async function ask(method: string, path: string, body = ''): Promise<{ status: number; text: string }> {
  const asked = request(app.url + path, {
    method,
    headers: {
      Connection: 'Upgrade, HTTP2-Settings',
      Upgrade: 'h2c',
      'HTTP2-Settings': 'AAMAAABkAARAAAAAAAIAAAAA',
      Authorization: `Bearer ${person.token}`,
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
    },
  });
  asked.end(body);
  const [response] = await once(asked, 'response');
  const text = (await response.toArray()).join('');
  return { status: response.statusCode, text };
}

test('a request that would rather speak HTTP/2 is answered in HTTP/1.1', async () => {
  expect(await ask('GET', '/api/me')).toMatchObject({ status: 200, text: expect.stringContaining('"id"') });
  expect((await ask('GET', '/nowhere')).status).toBe(404);
});

test('its body counts, however long', async () => {
  const conversation = await person.newConversation();
  const body = JSON.stringify({ text: 'é'.repeat(32_000) });
  const answer = await ask('POST', `/api/conversations/${conversation}/messages`, body);
  expect(answer.status).toBe(202);
  expect(JSON.parse(answer.text).userMessage.content).toHaveLength(32_000);
});
