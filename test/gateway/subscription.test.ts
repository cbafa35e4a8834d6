import type { RoomPorts } from '../../src/gateway/rooms.js';
import type { SharedFrame } from '../../src/gateway/shared-frame.js';
import type { Sink } from '../../src/gateway/sink.js';
import { type SubscribeOptions, type Subscription, Subscriptions } from '../../src/gateway/subscription.js';
import type { Frame } from '../../src/protocol/frames.js';
import { LocalNotifier } from '../doubles/local-notifier.js';
import { ManualClock } from '../doubles/manual-clock.js';

const START = { cursor: { seq: 1, attempt: 0, position: 1 }, seq: 1 };

/** Remembers what it is sent. */
class Recorder implements Sink {
  readonly full = false;
  readonly frames: Frame[] = [];
  readonly ends: string[] = [];
  /** Resolves when the client reads. */
  blocked: Promise<void> | undefined;

  send({ frame }: SharedFrame): void {
    this.frames.push(frame);
  }

  drained(): Promise<void> | undefined {
    return this.blocked;
  }

  end(reason: string): void {
    this.ends.push(reason);
  }

  get types(): string[] {
    return this.frames.map(({ type }) => type);
  }
}

let clock: ManualClock;
let subscriptions: Subscriptions;
const open: Subscription[] = [];

/** A conversation whose only answer waits behind two others. Its log says nothing. */
beforeEach(() => {
  clock = new ManualClock();
  const view = {
    ref: { messageId: 'm', seq: 1 },
    attempts: [],
    stopRequested: false,
    userMessage: { attachments: [] },
  };
  const reader = {
    find: async (_id: string, seq: number) => (seq === 1 ? { kind: 'found', view } : { kind: 'none' }),
    progress: async () => ({ kind: 'there', last: 1, open: 1 }),
    pending: async () => [{ messageId: 'm', seq: 1, running: false, ahead: 2 }],
  };
  const log = {
    async *read(_ref: unknown, _cursor: unknown, signal: AbortSignal) {
      while (!signal.aborted) {
        yield { kind: 'waiting' };
        await clock.sleep(1000, signal);
      }
    },
  };
  const notifier = new LocalNotifier();
  const ports = { reader, log, notifier, clock, onRetry: () => {}, onFailure: () => {} };
  subscriptions = new Subscriptions(ports as unknown as RoomPorts);
});

afterEach(() => {
  for (const subscription of open.splice(0)) subscription.cancel();
});

function subscribe(sink: Sink, options: Partial<SubscribeOptions> = {}): Subscription {
  const subscription = subscriptions.subscribe({ conversationId: 'c', start: START, sink, ...options });
  open.push(subscription);
  return subscription;
}

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    clock.advance(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a viewer who comes later gets the sign that the others have', async () => {
  const [first, later] = [new Recorder(), new Recorder()];
  subscribe(first);
  await pass(1000);
  expect(first.types).toEqual(['ready', 'waiting']);
  subscribe(later);
  await pass(100);
  expect(later.types).toEqual(['ready', 'waiting']);
  await pass(5000);
  expect([...first.types, ...later.types]).toEqual(['ready', 'waiting', 'ready', 'waiting']);
});

test.each<Partial<SubscribeOptions>>([{}, { until: 'idle' }, { until: { messageId: 'm' } }])(
  'after cancel the sink gets nothing, though the client reads nothing (%j)',
  async (options) => {
    const sink = new Recorder();
    sink.blocked = new Promise(() => {});
    const subscription = subscribe(sink, options);
    await pass(100);
    const before = sink.frames.length;
    subscription.cancel();
    await pass(5000);
    expect(sink.frames.length).toBe(before);
    expect(sink.ends).toEqual([]);
  },
);
