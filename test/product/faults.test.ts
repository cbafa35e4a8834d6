import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import { Person, Transcript } from '../support/client.js';
import { Cluster } from '../support/cluster.js';

const SPEECH = ['Drink ', 'hot ', 'water. ', '💧'];
const ENDING = `\n\n${DISCLAIMER}`;

let cluster: Cluster;
let person: Person;
let conversation: string;

beforeAll(async () => {
  cluster = await Cluster.start({
    LLM_FIRST_TOKEN_SECONDS: '0.4',
    LLM_IDLE_SECONDS: '0.3',
    MAX_ANSWER_BYTES: '1000',
  });
  cluster.ollama.defaultScript({ text: SPEECH });
  person = await Person.register((await cluster.all()).url);
  conversation = await person.newConversation();
});

afterAll(() => cluster.stop());

test.each([
  ['takes too long to begin', { firstTokenMs: 60_000 }, 'failed', 'llm_timeout', ''],
  ['says nothing at all', { fault: 'stall' }, 'failed', 'llm_timeout', ''],
  ['stops in mid-answer', { fault: 'stall', after: 2 }, 'incomplete', 'llm_timeout', 'Drink hot '],
  ['breaks off at once', { fault: 'cut' }, 'failed', 'llm_failed', ''],
  ['breaks off', { fault: 'cut', after: 2 }, 'incomplete', 'llm_failed', 'Drink hot '],
  ['ends without anything', { fault: 'no-done' }, 'failed', 'llm_failed', ''],
  ['ends without saying so', { fault: 'no-done', after: 4 }, 'incomplete', 'llm_failed', SPEECH.join('')],
  ['says an error at once', { fault: 'error-line' }, 'failed', 'llm_failed', ''],
  ['says an error', { fault: 'error-line', after: 1 }, 'incomplete', 'llm_failed', 'Drink '],
  ['sends what is no JSON', { fault: 'garbage', after: 2 }, 'incomplete', 'llm_failed', 'Drink hot '],
  ['has no such model', { fault: 'not-found' }, 'failed', 'llm_failed', ''],
  ['fails', { fault: 'error' }, 'failed', 'llm_failed', ''],
  ['is too busy', { fault: 'unavailable' }, 'failed', 'llm_unavailable', ''],
  ['has nothing to say', { text: [] }, 'failed', 'llm_failed', ''],
] as const)('a model that %s', async (_, script, status, code, said) => {
  cluster.ollama.script(script);
  const transcript = new Transcript();
  for await (const { id, frame } of person.sendAndStream(conversation, 'What helps?')) {
    transcript.take(frame);
    expect(id).toBe('cursor' in frame ? frame.cursor : undefined);
  }
  const content = said === '' ? '' : said + ENDING;
  const last = transcript.frames.at(-1);
  if (last?.type !== 'error') throw new Error(`ended with ${last?.type}`);
  const { messageId = '', message } = last;
  expect(last).toMatchObject({
    code,
    retryable: true,
    error: expect.any(String),
    cursor: expect.any(String),
  });
  expect(message).toMatchObject({ id: messageId, role: 'assistant', status, content, error: { code } });
  expect(message?.completedAt).toEqual(expect.any(String));
  expect(transcript.textOf(messageId)).toBe(content);
  const stored = await person.call('GET', `/api/conversations/${conversation}/messages/${messageId}`);
  expect(stored.body).toEqual(message);

  const next = await person.chat(conversation, 'And now?');
  expect(next).toMatchObject({ status: 'complete', content: SPEECH.join('') + ENDING });
});

test('an answer that is too long is cut at a character', async () => {
  cluster.ollama.script({ text: ['💧'], tokenCount: 1000 });
  const message = await person.chat(conversation, 'Tell me all.');
  expect(message).toMatchObject({ status: 'incomplete', error: { code: 'llm_failed' } });
  expect(message.content).toBe('💧'.repeat(250) + ENDING);
});
