import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import type { GenerationLog, GenerationRef } from '../../src/generation/generation-log.js';
import { afterAccepted } from '../../src/protocol/cursor.js';
import { Moment } from '../support/moment.js';
import { claimable } from '../support/rows.js';
import { ScriptedProvider } from '../support/scripted-provider.js';
import { LOGS, openWorld, type World } from '../support/world.js';

const [, inMemory] = LOGS[0] ?? [];
const REFUSED = new Error('OOM command not allowed');

let world: World;
let at: { userId: string; id: string };
let ref: GenerationRef;
/** What `open` of the worker's log does. */
let open: GenerationLog['open'];
let opened: Moment;

beforeAll(async () => {
  if (!inMemory) throw new Error('no log');
  world = await openWorld(inMemory);
});

afterAll(() => world.close());

beforeEach(async () => {
  at = await world.conversation();
  ref = await world.send(at);
  opened = new Moment();
  open = () => Promise.reject(REFUSED);
});

/** A worker whose log opens as the test says; the rest of it works. */
function worker(provider = new ScriptedProvider(), limits = {}) {
  const log = new Proxy(world.log, {
    get: (target, name: keyof GenerationLog) => {
      if (name !== 'open') return target[name].bind(target);
      return (...args: Parameters<GenerationLog['open']>) => {
        opened.happen();
        return open(...args);
      };
    },
  });
  return world.worker(provider, { sealMs: 50, ...limits }, { log });
}

async function row(): Promise<unknown> {
  return (await world.rows.conversations.message(at.userId, at.id, ref.messageId))?.message;
}

/** Half an answer by a worker that died: its log is there. */
async function halfAnAnswer(): Promise<void> {
  const provider = new ScriptedProvider();
  void world.worker(provider).run(ref);
  (await provider.request()).say('Half');
  const options = { start: { cursor: afterAccepted(1), seq: 1 } };
  for await (const event of world.follow(at.id, options)) if (event.kind === 'text') break;
  await world.letLeaseRunOut(ref);
}

/** What a reader is told who has so many bytes of the first attempt. */
async function toldAfter(position: number): Promise<string[]> {
  const cursor = { seq: 1, attempt: 1, position };
  const options = { start: { cursor, seq: 1 }, until: { messageId: ref.messageId } };
  const kinds: string[] = [];
  for await (const event of world.follow(at.id, options)) kinds.push(event.kind);
  return kinds;
}

test('a log that refuses is asked again until it does not', async () => {
  const provider = new ScriptedProvider();
  const run = worker(provider).run(ref);
  await opened.come;
  open = (...args) => world.log.open(...args);
  const request = await provider.request();
  request.say('Later');
  request.end();
  await run;
  expect(await row()).toMatchObject({ status: 'complete', content: `Later\n\n${DISCLAIMER}` });
});

test.each([
  ['refuses', () => Promise.reject(REFUSED)],
  ['is away', () => new Promise<never>(() => {})],
])('a stop ends in the row what waits for a log that %s', async (_, refusing) => {
  open = refusing;
  const stopping = worker();
  const run = stopping.run(ref);
  await opened.come;
  stopping.interrupt(ref.messageId, 'stop');
  await run;
  expect(await row()).toMatchObject({ status: 'stopped', content: '' });
});

test('what was stopped before it was claimed does not wait for the log for long, and keeps the text that can be read', async () => {
  await halfAnAnswer();
  await world.rows.conversations.requestStop(at.userId, at.id);
  await worker().run(ref);
  expect(await row()).toMatchObject({ status: 'stopped', content: `Half\n\n${DISCLAIMER}` });
  // Who has the text is not told to drop it.
  expect(await toldAfter(4)).toEqual(['text', 'ended']);
  // Who has more, since the worker that was not fenced still wrote, is.
  expect(await toldAfter(7)).toEqual(['reset', 'text', 'ended']);
});

test('what failed too often ends in the row when the log cannot be opened', async () => {
  await halfAnAnswer();
  await worker(new ScriptedProvider(), { failures: 0 }).run(ref);
  expect(await row()).toMatchObject({ status: 'incomplete', error: { code: 'llm_failed' } });
});

test('who waits for a log waits no longer than an answer may take', async () => {
  await worker(new ScriptedProvider(), { totalMs: 50 }).run(ref);
  expect(await row()).toMatchObject({ status: 'failed', error: { code: 'llm_failed' } });
});

test('a drain gives back what waits for the log', async () => {
  const draining = worker();
  const run = draining.run(ref);
  await opened.come;
  await draining.drain(0);
  await run;
  expect(await claimable(world.rows)).toContainEqual(ref);
});
