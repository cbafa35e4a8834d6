import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { createParser } from 'eventsource-parser';
import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import type { Frame } from '../../src/protocol/frames.js';
import { Person, Transcript } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import type { Product } from '../support/product.js';

const READERS = 24;
/** By then every buffer on the way to a reader is full, also the kernel's. */
const FIRST = 4;
const ANSWERS = 8;
const PIECE = `${'0123456789'.repeat(800)} 💧 `;
const TEXT = PIECE.repeat(120);
const ANSWER = `${TEXT}\n\n${DISCLAIMER}`;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.start();
});

afterAll(() => cluster.stop());

test('readers that do not read cost the same however much they miss, and miss nothing', async () => {
  const [gateway, elsewhere] = await Promise.all([cluster.gateway(), cluster.gateway(), cluster.worker()]);
  const person = await Person.register(gateway.url);
  const conversation = await person.newConversation();
  const slow = await Promise.all(Array.from({ length: READERS }, () => open(person, conversation)));
  // One that reads, at the same gateway: what it has been told has been there for the others too.
  const fast = new Reading(await open(person, conversation));
  for (let n = 0; n < FIRST; n++) await answer(person.at(elsewhere.url), conversation);
  await fast.until(FIRST);
  const before = await peakMemory(gateway);
  for (let n = FIRST; n < ANSWERS; n++) await answer(person.at(elsewhere.url), conversation);
  await fast.until(ANSWERS);
  const grown = (await peakMemory(gateway)) - before;
  const missed = READERS * (ANSWERS - FIRST) * Buffer.byteLength(ANSWER);
  expect(grown).toBeLessThan(missed / 4);

  const [one, ...others] = slow;
  for (const response of others) response.destroy();
  if (!one) throw new Error('no reader');
  const late = new Reading(one);
  await late.until(ANSWERS);
  for (const { transcript } of [fast, late]) {
    const done = transcript.frames.flatMap((frame) => (frame.type === 'done' ? [frame.message] : []));
    expect(done).toHaveLength(ANSWERS);
    for (const { id, content } of done) {
      expect(content === ANSWER).toBe(true);
      expect(transcript.textOf(id) === ANSWER).toBe(true);
    }
  }
  one.destroy();
});

/** Has a message answered at full length. */
async function answer(person: Person, conversation: string): Promise<void> {
  cluster.ollama.script({ text: [PIECE], tokenCount: 120 });
  for await (const { frame } of person.sendAndStream(conversation, 'Tell me all.')) {
    if (frame.type === 'done') expect(frame.message.content.length).toBe(ANSWER.length);
  }
}

/** A stream from the beginning of the conversation; nothing of it is read yet. */
async function open(person: Person, conversation: string): Promise<IncomingMessage> {
  const request = get(`${person.url}/api/conversations/${conversation}/stream?cursor=1.0.0`, {
    headers: { Authorization: `Bearer ${person.token}` },
    agent: false,
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

/** What a stream has told so far, read when asked for. */
class Reading {
  readonly transcript = new Transcript();
  readonly #parts: AsyncIterator<string>;
  readonly #parser = createParser({ onEvent: ({ data }) => this.#take(JSON.parse(data) as Frame) });
  #done = 0;

  constructor(response: IncomingMessage) {
    this.#parts = response.setEncoding('utf8')[Symbol.asyncIterator]() as AsyncIterator<string>;
  }

  /** Reads on until so many answers have ended. */
  async until(answers: number): Promise<void> {
    while (this.#done < answers) {
      const { value, done } = await this.#parts.next();
      if (done) throw new Error('the stream ended');
      this.#parser.feed(value);
    }
  }

  #take(frame: Frame): void {
    this.transcript.take(frame);
    if (frame.type === 'done') this.#done++;
  }
}

/** The most that the process has ever held in memory, in bytes. */
async function peakMemory({ process }: Product): Promise<number> {
  const status = await readFile(`/proc/${process.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}
