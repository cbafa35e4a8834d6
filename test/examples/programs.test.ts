import type { Message } from '../../src/protocol/message.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Person } from '../support/client.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { runExample } from './run-example.js';

let app: TestApp;
let person: Person;

beforeAll(async () => {
  // Slow enough for curl to be cut off in the middle.
  app = await startTestApp({ LLM_PROVIDER: 'canned', DEV_LLM_TOKENS_PER_SECOND: '150' });
});

beforeEach(async () => {
  person = await Person.register(app.url);
});

afterAll(() => app.stop());

/** The answers of the one conversation that the example has made, oldest first. */
async function storedAnswers(): Promise<Message[]> {
  const { items: conversations } = (await person.call('GET', '/api/conversations')).body;
  expect(conversations).toHaveLength(1);
  const { items } = (await person.call('GET', `/api/conversations/${conversations[0].id}/messages`)).body;
  return items.filter(({ role }: Message) => role === 'assistant');
}

test('node.mjs prints the answer alone, although its connection breaks', async () => {
  const proxy = await startTcpProxy(Number(new URL(app.url).port));
  // The last piece of the text, when all before it was printed.
  proxy.cutReplyWith('Medical Disclaimer');
  const url = proxy.url.replace('redis:', 'http:');
  const args = ['examples/node.mjs', '--url', url, '--token', person.token, 'What helps?'];
  const printed = await runExample(process.execPath, args);
  expect(proxy.cuts).toBe(1);
  await proxy.stop();
  const [answer] = await storedAnswers();
  expect(printed).toBe(`${answer?.content}\n`);
});

test('curl.sh loses the connection, continues, and has each answer once', async () => {
  const printed = await runExample('sh', ['examples/curl.sh', app.url], { TOKEN: person.token });
  const [resumed, waited] = await storedAnswers();
  const [, lastEventId] = /^Last-Event-ID: (\S+)$/m.exec(printed) ?? [];
  expect(lastEventId).toMatch(/^1\.1\.[1-9]\d*$/);
  expect(resumed?.content).not.toBe('');
  expect(printed).toContain(`\n${resumed?.content}\n\n## `);
  expect(printed).toContain('"duplicate":true');
  expect(JSON.parse(printed.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ message: waited });
});
