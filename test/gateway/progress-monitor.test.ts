import { ProgressMonitor, type ProgressPorts } from '../../src/gateway/progress-monitor.js';
import type { FollowEvent } from '../../src/generation/follow.js';
import type { PendingGeneration } from '../../src/generation/generation-reader.js';
import type { ThinkingFrame, WaitingFrame } from '../../src/protocol/frames.js';
import { LocalNotifier } from '../doubles/local-notifier.js';
import { ManualClock } from '../doubles/manual-clock.js';

const BEGINNING = { seq: 1, attempt: 0, position: 0 };

/** Lets all that is ready run. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

let clock: ManualClock;
let pending: PendingGeneration[];
let sent: (ThinkingFrame | WaitingFrame)[];
let asked: number;
let monitor: ProgressMonitor;
let notifier: LocalNotifier;

beforeEach(() => {
  clock = new ManualClock();
  pending = [];
  sent = [];
  asked = 0;
  const reader = {
    pending: async () => {
      asked += 1;
      return pending;
    },
  };
  notifier = new LocalNotifier();
  monitor = new ProgressMonitor({ reader, clock, notifier } as unknown as ProgressPorts, 'c', (frame) =>
    sent.push(frame),
  );
});

afterEach(() => monitor.stop());

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    clock.advance(100);
    await turn();
  }
}

const waiting = (messageId: string, ahead: number): PendingGeneration => ({
  seq: 1,
  messageId,
  running: false,
  ahead,
});
const running = (messageId: string): PendingGeneration => ({
  messageId,
  seq: 1,
  running: true,
  ahead: 0,
});
const signs = () => sent.map((frame) => (frame.type === 'waiting' ? frame.ahead : 'thinking'));

test('a queued answer is told how many are before it, at once and when that changes', async () => {
  pending = [waiting('m', 3)];
  monitor.start(BEGINNING);
  await pass(200);
  expect(sent).toEqual([{ type: 'waiting', conversationId: 'c', messageId: 'm', ahead: 3 }]);
  await pass(6000);
  expect(signs()).toEqual([3]);
  pending = [waiting('m', 2)];
  await pass(2000);
  expect(signs()).toEqual([3, 2]);
});

test('an answer that is first in the queue has nothing to wait for', async () => {
  pending = [waiting('m', 0)];
  monitor.start(BEGINNING);
  await pass(5000);
  expect(sent).toEqual([]);
});

test('a model at work without text is told within a second, then every 5 s at most', async () => {
  pending = [running('m')];
  monitor.start(BEGINNING);
  await pass(1000);
  expect(sent).toEqual([{ type: 'thinking', conversationId: 'c', messageId: 'm' }]);
  await pass(12_000);
  expect(sent.length).toBe(3);
});

test('text ends the signs, and with them the questions to Postgres', async () => {
  pending = [running('m')];
  monitor.start(BEGINNING);
  await pass(300);
  const cursor = { seq: 1, attempt: 1, position: 4 };
  monitor.observe({ kind: 'text', cursor, messageId: 'm', text: 'Well' });
  await pass(2000);
  const before = asked;
  await pass(20_000);
  expect(signs()).toEqual(['thinking']);
  expect(asked).toBe(before);
});

test('the next accepted message starts it again', async () => {
  monitor.start(BEGINNING);
  await pass(300);
  expect(asked).toBe(1);
  pending = [running('n')];
  monitor.observe({ kind: 'accepted', cursor: BEGINNING } as FollowEvent);
  await pass(300);
  expect(sent).toMatchObject([{ type: 'thinking', messageId: 'n' }]);
});

test('while Postgres is down there is no sign, and one afterwards', async () => {
  pending = [running('m')];
  const reader = { pending: () => Promise.reject(new Error('down')) };
  const failing = { reader, clock, notifier } as unknown as ProgressPorts;
  monitor = new ProgressMonitor(failing, 'c', (frame) => sent.push(frame));
  monitor.start(BEGINNING);
  await pass(3000);
  expect(sent).toEqual([]);
  reader.pending = async () => pending as never;
  await pass(2000);
  expect(signs()).toEqual(['thinking']);
});

test('an answer whose text the viewer has already gets no sign, though the model pauses', async () => {
  pending = [running('m'), { ...waiting('n', 1), seq: 2 }];
  monitor.start({ seq: 1, attempt: 1, position: 4 });
  await pass(1000);
  expect(sent).toMatchObject([{ type: 'waiting', messageId: 'n' }]);
});

test('keeps the signs that hold for a viewer who comes later', async () => {
  pending = [running('m'), { ...waiting('n', 1), seq: 2 }];
  monitor.start(BEGINNING);
  await pass(300);
  expect(monitor.signs).toEqual(sent);
  expect(sent.length).toBe(2);
  monitor.observe({
    kind: 'text',
    cursor: { seq: 1, attempt: 1, position: 4 },
    messageId: 'm',
    text: 'Well',
  });
  expect(monitor.signs).toMatchObject([{ type: 'waiting', messageId: 'n' }]);
});

test('a message accepted while Postgres is asked is not overlooked', async () => {
  monitor.start(BEGINNING);
  clock.advance(200);
  await Promise.resolve();
  monitor.observe({ kind: 'accepted', cursor: BEGINNING } as FollowEvent);
  await turn();
  pending = [running('m')];
  await pass(2000);
  expect(signs()).toEqual(['thinking']);
});

test('a message that is sent while an answer is written is told that it waits', async () => {
  monitor.start({ seq: 1, attempt: 1, position: 4 });
  await pass(1000);
  expect(sent).toEqual([]);
  pending = [
    { seq: 1, messageId: 'm', running: true, ahead: 0 },
    { seq: 2, messageId: 'n', running: false, ahead: 1 },
  ];
  notifier.notify('conversation:c');
  await pass(300);
  expect(sent).toEqual([{ type: 'waiting', conversationId: 'c', messageId: 'n', ahead: 1 }]);
});

test('a monitor that has stopped hears nothing more', async () => {
  monitor.start(BEGINNING);
  await pass(300);
  monitor.stop();
  await turn();
  const before = asked;
  notifier.notify('conversation:c');
  await pass(1000);
  expect(asked).toBe(before);
});
