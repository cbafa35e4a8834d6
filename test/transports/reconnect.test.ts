import { Redis } from 'ioredis';
import { TRANSPORTS, type Viewer, watch } from '../contract/delivery.js';
import { TestSite } from '../support/app.js';
import { Person, Transcript } from '../support/client.js';
import { sized } from '../support/size.js';
import { countStatements } from '../support/statement-counter.js';

const SOCKETS = sized(200, 500);
const LANES = 100;
const TEXT = 'एक दो तीन '.repeat(300);

/** How often `look`, the one read of a log, was run. */
async function looks(redis: Redis): Promise<number> {
  const stats = await redis.info('commandstats');
  const calls = [...stats.matchAll(/cmdstat_(?:eval|evalsha|fcall):calls=(\d+)/g)];
  return calls.reduce((sum, [, count]) => sum + Number(count), 0);
}

test(`${SOCKETS} sockets cut at once in mid-answer all complete on another gateway, at a constant cost each`, async () => {
  const site = await TestSite.open();
  const counter = await countStatements(site.database.url);
  const work = { ROLE: 'worker', WORKER_CONCURRENCY: '1000', DRAIN_SECONDS: '0' };
  // Each answer takes a quarter of an hour, so none ends while the sockets come back; another worker ends them.
  const slow = await site.start({ ...work, DEV_LLM_TOKENS_PER_SECOND: '1', GENERATION_SECONDS: '3600' });
  const first = await site.start({ ROLE: 'gateway' });
  const second = await site.start({ ROLE: 'gateway', DATABASE_URL: counter.url });
  const redis = new Redis(site.redis.url);
  const transport = TRANSPORTS.find(({ name }) => name === 'WebSocket');
  if (!transport) throw new Error('no WebSocket');
  const person = await Person.register(first.url);

  const begun = await inLanes(SOCKETS, async (index) => {
    const conversation = await person.newConversation();
    const sent = { text: `${index}: ${TEXT}`, client_message_id: `${index}` };
    const { body } = await person.send(conversation, sent.text, sent);
    const transcript = new Transcript();
    transcript.cursor = body.cursor;
    const view = transport.view(person, conversation, transcript.cursor, sent, transcript);
    await watch(view, transcript, ({ type }) => type === 'chunk');
    return { conversation, sent, transcript, messageId: body.message.id as string };
  });

  const statements = counter.statements;
  const reads = await looks(redis);
  const again = begun.map(({ conversation, sent, transcript }) => {
    const view = transport.view(person.at(second.url), conversation, transcript.cursor, sent, transcript);
    return { view, transcript, caughtUp: watchUntilReady(view, transcript) };
  });
  await Promise.all(again.map(({ caughtUp }) => caughtUp));
  const perReconnect = (counter.statements - statements) / SOCKETS;
  const readsPerReconnect = ((await looks(redis)) - reads) / SOCKETS;

  // In mid-answer, or it was no test of a reconnect.
  expect(begun.every(({ transcript }) => !ended(transcript))).toBe(true);
  const fast = await site.start(work);
  await slow.stop();
  await Promise.all(again.map(({ view, transcript }) => watch(view, transcript, () => ended(transcript))));
  for (const { transcript, messageId } of begun) {
    const done = transcript.frames.at(-1);
    expect(done?.type === 'done' && done.message.content).toBe(transcript.textOf(messageId));
  }
  // Where it starts, its generation, the session, and whether something waits; with a share of what is asked each second.
  expect(perReconnect).toBeLessThanOrEqual(6);
  expect(readsPerReconnect).toBeLessThan(12);

  redis.disconnect();
  await Promise.all([first.stop(), second.stop(), fast.stop()]);
  await counter.stop();
  await site.close();
});

/** A few at a time, so that the requests of a test are not what is measured. */
async function inLanes<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) results.push(await work(next++));
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return results;
}

function ended({ frames }: Transcript): boolean {
  return frames.at(-1)?.type === 'done';
}

async function watchUntilReady(view: Viewer, transcript: Transcript): Promise<void> {
  for (let type = ''; type !== 'ready'; ) {
    const frame = await view.next();
    if (!frame) throw new Error('the stream was over too early');
    transcript.take(frame);
    type = frame.type;
  }
}
