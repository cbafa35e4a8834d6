import type { Message } from '../../src/protocol/message.js';
import { BEGINNINGS, TRANSPORTS } from '../contract/delivery.js';
import { handOver } from '../contract/hand-over.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { type Answer, Person } from '../support/client.js';
import { sized } from '../support/size.js';

/** Devanagari, emoji with joiners, combining marks: every way in which a cut could hurt. */
const SAMPLES = [
  'नमस्ते, आप कैसे हैं?',
  'e\u0301a\u0308o\u0302',
  '👩🏽‍⚕️🩺👨‍👩‍👧‍👦',
  'plain words, and more of them',
  '漢字かな交じり文',
];

const CUTS = sized(10, 100);
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

const PAIRS = BEGINNINGS.flatMap((first) => TRANSPORTS.map((second) => ({ first, second })));

describe.each(PAIRS)('begun on $first.name, cut, and gone on with on $second.name', ({ first, second }) => {
  test(`joins to the answer, cut at ${CUTS} places`, async () => {
    let next = 0;
    const lane = async () => {
      while (next < CUTS) await handOver(person, first, second, text(next), 1 + (next++ % 25));
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  });
});

type Mislead = (page: { items: Message[]; streamCursor: string }) => object;

/** The same person, but a message list comes back with other values in it. */
class Misled extends Person {
  readonly #mislead: Mislead;

  constructor({ url, token }: Person, mislead: Mislead) {
    super(url, token);
    this.#mislead = mislead;
  }

  override async call(...request: Parameters<Person['call']>): Promise<Answer> {
    const answer = await super.call(...request);
    const [method, path] = request;
    if (method !== 'GET' || !path.endsWith('/messages')) return answer;
    return { ...answer, body: { ...answer.body, ...this.#mislead(answer.body) } };
  }
}

const withContent = (change: (content: string) => string) => (page: { items: Message[] }) => ({
  items: page.items.map((message) => ({ ...message, content: change(message.content) })),
});

describe.each(TRANSPORTS)('a server whose message list is wrong is found out after $name', (first) => {
  test.each([
    ['has other text', withContent(() => 'nonsense')],
    ['lacks a character', withContent((content) => content.slice(0, -1))],
    ['has text twice', withContent((content) => content + content)],
    ['has a cursor of another place', () => ({ streamCursor: '9.9.9' })],
    ['has the cursor of the beginning', () => ({ streamCursor: '1.0.0' })],
  ])('it %s', async (_what, mislead) => {
    const rest = TRANSPORTS.find(({ name }) => name === 'REST');
    if (!rest) throw new Error('no REST');
    await handOver(person, first, rest, text(1), 3);
    await expect(handOver(new Misled(person, mislead), first, rest, text(1), 3)).rejects.toThrow();
  });
});
