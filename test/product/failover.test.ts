import { Redis } from 'ioredis';
import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import { compareCursors, parseCursor } from '../../src/protocol/cursor.js';
import type { Frame } from '../../src/protocol/frames.js';
import { Person, Transcript } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import type { Product } from '../support/product.js';

const TEXT = Array.from({ length: 200 }, (_, n) => `${n} पानी 💧`).join(' ');
const ANSWER = `${TEXT}\n\n${DISCLAIMER}`;

let cluster: Cluster;
let redis: Redis;
let gateways: [Product, Product];
/** The same person at both gateways. */
let here: Person;
let there: Person;
let conversation: string;

beforeAll(async () => {
  cluster = await Cluster.start({ LLM_PROVIDER: 'echo' });
  gateways = await Promise.all([cluster.gateway(), cluster.gateway()]);
  redis = new Redis(cluster.redis.url);
  here = await Person.register(gateways[0].url);
  there = here.at(gateways[1].url);
});

afterAll(async () => {
  redis.disconnect();
  await cluster.stop();
});

beforeEach(async () => {
  conversation = await here.newConversation();
});

async function transcriptOf(events: AsyncIterable<{ frame: Frame }>): Promise<Transcript> {
  const transcript = new Transcript();
  for await (const { frame } of events) transcript.take(frame);
  return transcript;
}

/** Each frame stands after the one before it; only a `reset` goes back. */
function expectForward(frames: readonly Frame[]): void {
  let last = parseCursor('0.0.0');
  for (const frame of frames) {
    if (!('cursor' in frame) || frame.cursor === undefined || frame.type === 'ready') continue;
    const cursor = parseCursor(frame.cursor);
    if (!cursor || !last) throw new Error(`no cursor: ${frame.cursor}`);
    if (frame.type !== 'reset') expect(compareCursors(cursor, last)).toBeGreaterThan(0);
    last = cursor;
  }
}

test('an answer that was lost with its worker begins anew and says so, to those who read it and to those who come back', async () => {
  const first = await cluster.worker({ DEV_LLM_TOKENS_PER_SECOND: '100' });
  const transcript = new Transcript();
  let second: Product | undefined;
  for await (const { frame } of here.sendAndStream(conversation, TEXT)) {
    transcript.take(frame);
    if (second || frame.type !== 'chunk' || transcript.textOf(frame.messageId).length < 100) continue;
    await first.stop('SIGKILL');
    await redis.flushall();
    second = await cluster.worker({ DEV_LLM_TOKENS_PER_SECOND: '0' });
  }
  const { frames } = transcript;
  const done = frames.at(-1);
  if (done?.type !== 'done') throw new Error(`ended with ${done?.type}`);
  expect(done.message).toMatchObject({ status: 'complete', content: ANSWER });
  expect(transcript.textOf(done.messageId)).toBe(ANSWER);
  expect(frames.filter(({ type }) => type === 'reset')).toHaveLength(1);
  expectForward(frames);

  // From every place that the first attempt gave, and from every one that the second did.
  const so = new Transcript();
  for (const frame of frames) {
    so.take(frame);
    if (frame.type !== 'chunk' && frame.type !== 'reset') continue;
    const back = new Transcript();
    back.take({ ...frame, type: 'chunk', data: so.textOf(done.messageId) });
    const query = `?until=done&cursor=${frame.cursor}`;
    for await (const { frame: later } of there.stream(conversation, { query })) back.take(later);
    expect(back.textOf(done.messageId)).toBe(ANSWER);
    const resets = back.frames.filter(({ type }) => type === 'reset');
    expect(resets).toHaveLength(frame.cursor.startsWith('1.1.') ? 1 : 0);
  }
  await second?.stop();
});

test('a message whose job was lost is answered all the same', async () => {
  const { cursor } = (await here.send(conversation, TEXT)).body;
  await redis.flushall();
  const worker = await cluster.worker({ DEV_LLM_TOKENS_PER_SECOND: '0' });
  const { frames } = await transcriptOf(
    there.stream(conversation, { query: `?until=done&cursor=${cursor}` }),
  );
  expect(frames.at(-1)).toMatchObject({ type: 'done', message: { content: ANSWER } });
  expectForward(frames);
  await worker.stop();
});

test('all gateways know of a ticket, a logout and a deletion', async () => {
  const { ticket } = (await here.call('POST', '/api/stream-tickets')).body;
  const path = `/api/conversations/${conversation}/stream`;
  const byTicket = there.events(await fetch(`${there.url}${path}?ticket=${ticket}`));
  expect((await byTicket.next()).value).toMatchObject({ frame: { type: 'ready' } });
  expect((await fetch(`${here.url}${path}?ticket=${ticket}`)).status).toBe(401);
  await here.call('DELETE', `/api/conversations/${conversation}`);
  expect((await byTicket.next()).value).toMatchObject({ frame: { type: 'error', code: 'not_found' } });
  expect((await byTicket.next()).done).toBe(true);

  const leaving = await Person.register(here.url);
  const stream = leaving.at(there.url).stream(await leaving.newConversation());
  expect((await stream.next()).value).toMatchObject({ frame: { type: 'ready' } });
  await leaving.call('POST', '/api/auth/logout');
  const left = Date.now();
  expect((await stream.next()).value).toMatchObject({ frame: { type: 'error', code: 'token_expired' } });
  expect(Date.now() - left).toBeLessThan(60_000);
});
