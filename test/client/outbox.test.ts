import { networkError, refusal } from '../../src/client/client-error.js';
import type { ClientProblem, OutboxEntry } from '../../src/client/index.js';
import { memoryOutbox } from '../../src/client/index.js';
import { Outbox, type Reply } from '../../src/client/outbox.js';
import { platformOf } from '../../src/client/platform.js';
import { Rest } from '../../src/client/rest.js';
import { Tokens } from '../../src/client/tokens.js';
import { settled, VirtualTime } from './virtual-time.js';

/** What a server does with a request: answers, or is not there. */
type Deed =
  | 'take'
  | 'offline'
  | 'a page of a proxy'
  | { readonly status: number; readonly retryAfter?: number };

/** An outbox, and a server that does to the requests what a test says. */
class Bench {
  readonly time = new VirtualTime();
  readonly store = memoryOutbox();
  /** What arrived, whatever came of it. */
  readonly arrived: string[] = [];
  readonly sent: Reply[] = [];
  readonly errors: ClientProblem[] = [];
  readonly outbox: Outbox;
  #deeds: Deed[] = [];

  constructor() {
    const { now, setTimer } = this.time;
    const platform = platformOf({
      now,
      setTimer,
      random: () => 1,
      fetch: async (_input, init) => this.#answer(init),
    });
    const rest = new Rest({ url: 'http://server', tokens: new Tokens({ token: 't' }), platform });
    this.outbox = new Outbox({
      conversationId: 'c',
      path: '/messages',
      store: this.store,
      rest,
      platform,
      onChange: () => {},
      onError: (problem) => this.errors.push(problem),
      onSent: (reply) => {
        this.sent.push(reply);
        const { userMessage, message, duplicate } = reply;
        this.outbox.settle(userMessage.id, { userMessage, messageId: message.id, duplicate });
      },
    });
  }

  /** What becomes of the next requests; those after them are taken. */
  next(...deeds: Deed[]): void {
    this.#deeds = deeds;
  }

  get texts(): string[] {
    return this.outbox.messages.map(({ content, status }) => `${content} ${status}`);
  }

  #answer(init: RequestInit | undefined): Response {
    const { text, client_message_id: id } = JSON.parse(init?.body as string) as Record<string, string>;
    this.arrived.push(text ?? '');
    const deed = this.#deeds.shift() ?? 'take';
    if (deed === 'offline') throw new TypeError('fetch failed');
    if (deed === 'a page of a proxy')
      return new Response('<html>Sign in to the WiFi</html>', { status: 403 });
    if (deed === 'take') {
      const reply = {
        userMessage: { id },
        message: { id: `answer to ${id}` },
        duplicate: false,
        cursor: '1.0.0',
      };
      return Response.json(reply, { status: 202 });
    }
    const { status, retryAfter } = deed;
    const headers = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) };
    const code = status === 429 ? 'rate_limited' : 'bad_request';
    return Response.json({ code, detail: 'no' }, { status, headers });
  }
}

function entry(text: string): OutboxEntry {
  return {
    conversationId: 'c',
    clientMessageId: text,
    text,
    attachments: [],
    whenBusy: 'queue',
    createdAt: '2026-01-01T00:00:00.000Z',
  };
}

test('sends one after the other, whatever hinders the first', async () => {
  const bench = new Bench();
  bench.next('offline', 'a page of a proxy', { status: 500 }, { status: 408 });
  const sent = ['a', 'b'].map((text) => bench.outbox.send(entry(text)));
  await bench.time.pass(0);
  expect(bench.texts).toEqual(['a sending', 'b sending']);
  await bench.time.pass(1000 + 2000 + 4000 + 8000);
  expect(bench.arrived).toEqual(['a', 'a', 'a', 'a', 'a', 'b']);
  await expect(Promise.all(sent)).resolves.toMatchObject([
    { messageId: 'answer to a' },
    { duplicate: false },
  ]);
  expect(bench.texts).toEqual([]);
  expect(bench.time.pending).toBe(0);
});

test('waits for as long as it was asked to, whatever else has changed for the better', async () => {
  const bench = new Bench();
  bench.next({ status: 429, retryAfter: 20 });
  const sent = bench.outbox.send(entry('a'));
  await bench.time.pass(0);
  bench.outbox.hurry();
  await bench.time.pass(19_999);
  expect(bench.arrived).toHaveLength(1);
  await bench.time.pass(1);
  await sent;
});

test('says why a message is held up and until when, and that it is not any more', async () => {
  const bench = new Bench();
  bench.next({ status: 429, retryAfter: 20 }, 'offline');
  const sent = bench.outbox.send(entry('a'));
  await bench.time.pass(0);
  const limited = { code: 'rate_limited', retryable: true, retryAt: bench.time.now() + 20_000 };
  expect(bench.outbox.problem).toMatchObject(limited);
  expect(bench.outbox.messages).toMatchObject([{ status: 'sending', error: limited }]);
  await bench.time.pass(20_000);
  const unreachable = { code: 'network', retryAt: bench.time.now() + 2000 };
  expect(bench.outbox.problem).toMatchObject(unreachable);
  await bench.time.pass(2000);
  await sent;
  expect(bench.outbox.problem).toBeNull();
  expect(bench.errors).toMatchObject([limited, unreachable]);
});

test('a refusal for good is reported, and does not hold up what follows', async () => {
  const bench = new Bench();
  bench.next({ status: 422 });
  await expect(bench.outbox.send(entry('a'))).rejects.toMatchObject({ status: 422 });
  expect(bench.outbox.problem).toBeNull();
  expect(bench.errors).toEqual([{ code: 'bad_request', message: 'no', retryable: false }]);
});

test('tries at once when the network is back', async () => {
  const bench = new Bench();
  bench.next('offline', 'offline', 'offline');
  const sent = bench.outbox.send(entry('a'));
  await bench.time.pass(5000);
  bench.outbox.hurry();
  await settled();
  await sent;
});

test('one that is refused for good does not hold up the next', async () => {
  const bench = new Bench();
  bench.next({ status: 422 });
  const [refused, sent] = ['a', 'b'].map((text) => bench.outbox.send(entry(text)));
  await expect(refused).rejects.toMatchObject({ name: 'ClientError', status: 422 });
  await sent;
  expect(bench.texts).toEqual(['a refused']);
  await expect(bench.outbox.retry('a')).resolves.toMatchObject({ messageId: 'answer to a' });
  await expect(bench.outbox.retry('a')).rejects.toMatchObject({ name: 'ClientError' });
});

test('what is taken back is not sent, and not kept', async () => {
  const bench = new Bench();
  bench.next('offline');
  const sent = bench.outbox.send(entry('a'));
  await bench.time.pass(0);
  expect(await bench.store.load('c')).toHaveLength(1);
  bench.outbox.discard('a');
  await expect(sent).rejects.toMatchObject({ name: 'ClientError' });
  await bench.time.pass(10_000);
  expect(bench.arrived).toEqual(['a']);
  expect(await bench.store.load('c')).toEqual([]);
});

test('the same message twice is one', async () => {
  const bench = new Bench();
  bench.next('offline');
  const [one, other] = [bench.outbox.send(entry('a')), bench.outbox.send(entry('a'))];
  await bench.time.pass(1000);
  expect(await one).toBe(await other);
  expect(bench.sent).toHaveLength(1);
});

test('what the stream has shown needs no answer any more', async () => {
  const bench = new Bench();
  bench.next('offline');
  const sending = bench.outbox.send(entry('a'));
  await bench.time.pass(0);
  const userMessage = { id: 'a' } as Reply['userMessage'];
  bench.outbox.settle('a', { userMessage, messageId: 'm', duplicate: false });
  expect(await sending).toMatchObject({ messageId: 'm' });
  await bench.time.pass(10_000);
  expect(bench.arrived).toEqual(['a']);
  expect(await bench.store.load('c')).toEqual([]);
});

test.each([
  ['it closes stays for the next one', networkError('closed'), [entry('a')]],
  ['its conversation is gone is forgotten', refusal('not_found', 'closed', false), []],
])('what is left when %s', async (_, error, left) => {
  const bench = new Bench();
  bench.next('offline');
  const sending = bench.outbox.send(entry('a'));
  await bench.time.pass(0);
  bench.outbox.close(error);
  await expect(sending).rejects.toThrow('closed');
  await settled();
  expect(bench.time.pending).toBe(0);
  expect(await bench.store.load('c')).toEqual(left);
});
