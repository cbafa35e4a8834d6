import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import { type Answer, Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';

let cluster: Cluster;
let person: Person;
let conversation: string;

beforeAll(async () => {
  cluster = await Cluster.start({ CHAT_WAIT_SECONDS: '0.05' });
  cluster.ollama.defaultScript({ text: ['Drink ', 'water.'] });
  person = await Person.register((await cluster.all()).url);
});

afterAll(() => cluster.stop());

beforeEach(async () => {
  conversation = await person.newConversation();
});

function chat(id: string, headers: Record<string, string> = {}): Promise<Answer> {
  const body = { text: 'What helps?', client_message_id: id };
  return person.call('POST', `/api/conversations/${conversation}/messages/chat`, body, headers);
}

const PATIENTLY = { Prefer: 'respond-async, wait=20' };

test('waits for the whole answer', async () => {
  const { status, body } = await chat('a', PATIENTLY);
  expect(status).toBe(200);
  expect(Object.keys(body).toSorted()).toEqual(['duplicate', 'message', 'userMessage']);
  expect(body).toMatchObject({
    duplicate: false,
    userMessage: { role: 'user', content: 'What helps?' },
    message: { status: 'complete', content: `Drink water.\n\n${DISCLAIMER}` },
  });
});

test.each([
  ['after CHAT_WAIT_SECONDS', {}],
  ['after as long as the client prefers', { Prefer: 'wait=0' }],
])('%s says where the answer will be, and waits on when it is asked again', async (_, headers) => {
  cluster.ollama.script({ fault: 'stall', after: 1 });
  const first = await chat('b', headers);
  expect(first).toMatchObject({ status: 202, body: { duplicate: false, message: { role: 'assistant' } } });
  expect(['queued', 'streaming']).toContain(first.body.message.status);
  const { id } = first.body.message;
  const location = first.headers.get('location') ?? '';
  expect(location).toBe(`/api/conversations/${conversation}/messages/${id}`);
  expect(Number(first.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await person.call('GET', location)).body.id).toBe(id);

  const second = chat('b', PATIENTLY);
  await person.call('POST', `${location}/stop`);
  expect(await second).toMatchObject({
    status: 200,
    body: { duplicate: true, userMessage: first.body.userMessage, message: { id, status: 'stopped' } },
  });
});

test('an answer that failed has ended too', async () => {
  cluster.ollama.script({ fault: 'error' });
  const { status, body } = await chat('c', PATIENTLY);
  expect(status).toBe(200);
  expect(body.message).toMatchObject({ status: 'failed', content: '', error: { code: 'llm_failed' } });
});
