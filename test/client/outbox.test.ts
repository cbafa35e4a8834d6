import { networkError, refusal } from '../../src/client/client-error.js';
import type { ClientProblem, OutboxEntry } from '../../src/client/index.js';
import { memoryOutbox } from '../../src/client/index.js';
import { Outbox, type Reply } from '../../src/client/outbox.js';
import { platformOf } from '../../src/client/platform.js';
import { Rest } from '../../src/client/rest.js';
import { Tokens } from '../../src/client/tokens.js';
import { settled, VirtualTime } from './virtual-time.js';

/** What the server does with a request. */
type Behaviour =
  | 'accept'
  | 'offline'
  | 'proxy page'
  | { readonly status: number; readonly retryAfter?: number };

/** An outbox, and a server that does what a test says. */
class OutboxHarness {
  readonly time = new VirtualTime();
  readonly store = memoryOutbox();
  /** The texts of all requests that the server got. */
  readonly arrived: string[] = [];
  readonly sent: Reply[] = [];
  readonly errors: ClientProblem[] = [];
  readonly outbox: Outbox;
  #behaviours: Behaviour[] = [];

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
      files: () => Promise.reject(new Error('no message of this test has a file')),
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

  /** What the server does with the next requests; it accepts those after them. */
  next(...behaviours: Behaviour[]): void {
    this.#behaviours = behaviours;
  }

  get texts(): string[] {
    return this.outbox.messages.map(({ content, status }) => `${content} ${status}`);
  }

  #answer(init: RequestInit | undefined): Response {
    const { text, client_message_id: id } = JSON.parse(init?.body as string) as Record<string, string>;
    this.arrived.push(text ?? '');
    const behaviour = this.#behaviours.shift() ?? 'accept';
    if (behaviour === 'offline') throw new TypeError('fetch failed');
    if (behaviour === 'proxy page') return new Response('<html>Sign in to the WiFi</html>', { status: 403 });
    if (behaviour === 'accept') {
      const reply = {
        userMessage: { id },
        message: { id: `answer to ${id}` },
        duplicate: false,
        cursor: '1.0.0',
      };
      return Response.json(reply, { status: 202 });
    }
    const { status, retryAfter } = behaviour;
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

test('sends one after the other, whatever holds up the first', async () => {
  const harness = new OutboxHarness();
  harness.next('offline', 'proxy page', { status: 500 }, { status: 408 });
  const sent = ['a', 'b'].map((text) => harness.outbox.send(entry(text)));
  await harness.time.pass(0);
  expect(harness.texts).toEqual(['a sending', 'b sending']);
  await harness.time.pass(1000 + 2000 + 4000 + 8000);
  expect(harness.arrived).toEqual(['a', 'a', 'a', 'a', 'a', 'b']);
  await expect(Promise.all(sent)).resolves.toMatchObject([
    { messageId: 'answer to a' },
    { duplicate: false },
  ]);
  expect(harness.texts).toEqual([]);
  expect(harness.time.pending).toBe(0);
});

test('waits for as long as the server asked, whatever happens meanwhile', async () => {
  const harness = new OutboxHarness();
  harness.next({ status: 429, retryAfter: 20 });
  const sent = harness.outbox.send(entry('a'));
  await harness.time.pass(0);
  harness.outbox.retryNow();
  await harness.time.pass(19_999);
  expect(harness.arrived).toHaveLength(1);
  await harness.time.pass(1);
  await sent;
});

test('shows why a message waits and until when, until it is sent', async () => {
  const harness = new OutboxHarness();
  harness.next({ status: 429, retryAfter: 20 }, 'offline');
  const sent = harness.outbox.send(entry('a'));
  await harness.time.pass(0);
  const limited = { code: 'rate_limited', retryable: true, retryAt: harness.time.now() + 20_000 };
  expect(harness.outbox.problem).toMatchObject(limited);
  expect(harness.outbox.messages).toMatchObject([{ status: 'sending', error: limited }]);
  await harness.time.pass(20_000);
  const unreachable = { code: 'network', retryAt: harness.time.now() + 2000 };
  expect(harness.outbox.problem).toMatchObject(unreachable);
  await harness.time.pass(2000);
  await sent;
  expect(harness.outbox.problem).toBeNull();
  expect(harness.errors).toMatchObject([limited, unreachable]);
});

test('a refusal for good is reported, and does not hold up what follows', async () => {
  const harness = new OutboxHarness();
  harness.next({ status: 422 });
  await expect(harness.outbox.send(entry('a'))).rejects.toMatchObject({ status: 422 });
  expect(harness.outbox.problem).toBeNull();
  expect(harness.errors).toEqual([{ code: 'bad_request', message: 'no', retryable: false }]);
});

test('tries at once when the network is back', async () => {
  const harness = new OutboxHarness();
  harness.next('offline', 'offline', 'offline');
  const sent = harness.outbox.send(entry('a'));
  await harness.time.pass(5000);
  harness.outbox.retryNow();
  await settled();
  await sent;
});

test('one that is refused for good does not hold up the next', async () => {
  const harness = new OutboxHarness();
  harness.next({ status: 422 });
  const [refused, sent] = ['a', 'b'].map((text) => harness.outbox.send(entry(text)));
  await expect(refused).rejects.toMatchObject({ name: 'ClientError', status: 422 });
  await sent;
  expect(harness.texts).toEqual(['a refused']);
  await expect(harness.outbox.retry('a')).resolves.toMatchObject({ messageId: 'answer to a' });
  await expect(harness.outbox.retry('a')).rejects.toMatchObject({ name: 'ClientError' });
});

test('a discarded message is not sent, and not kept', async () => {
  const harness = new OutboxHarness();
  harness.next('offline');
  const sent = harness.outbox.send(entry('a'));
  await harness.time.pass(0);
  expect(await harness.store.load('c')).toHaveLength(1);
  harness.outbox.discard('a');
  await expect(sent).rejects.toMatchObject({ name: 'ClientError' });
  await harness.time.pass(10_000);
  expect(harness.arrived).toEqual(['a']);
  expect(await harness.store.load('c')).toEqual([]);
});

test('the same message twice is one', async () => {
  const harness = new OutboxHarness();
  harness.next('offline');
  const [one, other] = [harness.outbox.send(entry('a')), harness.outbox.send(entry('a'))];
  await harness.time.pass(1000);
  expect(await one).toBe(await other);
  expect(harness.sent).toHaveLength(1);
});

test('a message that the stream has shown needs no response any more', async () => {
  const harness = new OutboxHarness();
  harness.next('offline');
  const sending = harness.outbox.send(entry('a'));
  await harness.time.pass(0);
  const userMessage = { id: 'a' } as Reply['userMessage'];
  harness.outbox.settle('a', { userMessage, messageId: 'm', duplicate: false });
  expect(await sending).toMatchObject({ messageId: 'm' });
  await harness.time.pass(10_000);
  expect(harness.arrived).toEqual(['a']);
  expect(await harness.store.load('c')).toEqual([]);
});

test.each([
  ['the outbox closes: it stays for the next page', networkError('closed'), [entry('a')]],
  ['the conversation no longer exists: it is forgotten', refusal('not_found', 'closed', false), []],
])('an unsent message, when %s', async (_, error, left) => {
  const harness = new OutboxHarness();
  harness.next('offline');
  const sending = harness.outbox.send(entry('a'));
  await harness.time.pass(0);
  harness.outbox.close(error);
  await expect(sending).rejects.toThrow('closed');
  await settled();
  expect(harness.time.pending).toBe(0);
  expect(await harness.store.load('c')).toEqual(left);
});
