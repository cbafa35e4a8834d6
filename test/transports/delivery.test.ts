import { randomUUID } from 'node:crypto';
import { BEGINNINGS, TRANSPORTS, type Transport, watch } from '../contract/delivery.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Person, Transcript } from '../support/client.js';
import { sized } from '../support/size.js';

/** Devanagari, emoji with joiners, combining marks: every way in which a cut could hurt. */
const SAMPLES = [
  'नमस्ते, आप कैसे हैं?',
  'e\u0301a\u0308o\u0302',
  '👩🏽‍⚕️🩺👨‍👩‍👧‍👦',
  'plain words, and more of them',
  '漢字かな交じり文',
];

const CUTS = sized(20, 100);
/** How many run at once. */
const LANES = 25;

let app: TestApp;
let person: Person;

beforeAll(async () => {
  app = await startTestApp({ DEV_LLM_TOKENS_PER_SECOND: '400' });
  person = await Person.register(app.url);
});

afterAll(async () => {
  await app.stop();
});

function text(seed: number): string {
  const words = Array.from({ length: 20 }, (_, index) => SAMPLES[(seed + index * 7) % SAMPLES.length]);
  return `${seed}: ${words.join(' ')}`;
}

/** Begins to read an answer on one transport, cuts after `frames` frames of it, and goes on with another. */
async function handOver(first: Transport, second: Transport, seed: number): Promise<void> {
  const conversation = await person.newConversation();
  const sent = { text: text(seed), client_message_id: randomUUID() };
  const { body } = await person.send(conversation, sent.text, sent);
  const transcript = new Transcript();
  let left = 1 + (seed % 25);
  const ended = () => transcript.frames.some(({ type }) => type === 'done');
  transcript.cursor = body.cursor;
  await watch(
    first.view(person, conversation, transcript.cursor, sent),
    transcript,
    () => --left === 0 || ended(),
  );
  if (!ended()) await watch(second.view(person, conversation, transcript.cursor, sent), transcript, ended);

  const done = transcript.frames.find((frame) => frame.type === 'done');
  if (done?.type !== 'done') throw new Error('no done');
  const stored = await person.call('GET', `/api/conversations/${conversation}/messages/${body.message.id}`);
  expect(done.message.content).toBe(stored.body.content);
  expect(transcript.textOf(body.message.id)).toBe(done.message.content);
  expect(done.message.content.startsWith(text(seed))).toBe(true);
}

const PAIRS = BEGINNINGS.flatMap((first) => TRANSPORTS.map((second) => ({ first, second })));

describe.each(PAIRS)('begun on $first.name, cut, and gone on with on $second.name', ({ first, second }) => {
  test(`joins to the answer, cut at ${CUTS} places`, async () => {
    let next = 0;
    const lane = async () => {
      while (next < CUTS) await handOver(first, second, next++);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  });
});
