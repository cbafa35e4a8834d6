import { followWithRetry, type RetryPorts } from '../../src/gateway/follow-with-retry.js';
import type { FollowEvent } from '../../src/generation/follow.js';
import { HASTY } from '../doubles/hasty-clock.js';
import { LocalNotifier } from '../doubles/local-notifier.js';

const EVENTS: FollowEvent['kind'][] = ['accepted', 'reset', 'text', 'ended', 'ready'];

/** One generation that has ended, seen through rows of which every call may fail. */
function portsThatFail(failures: number[], onRetry: (error: unknown) => void = () => {}): RetryPorts {
  let calls = 0;
  const view = {
    ref: { messageId: 'm', seq: 1 },
    attempts: [{ attempt: 1, start: 0 }],
    stopRequested: false,
    userMessage: { attachments: [] },
    ended: { bytes: 4 },
  };
  const answer = <T>(value: T) => {
    if (failures.includes(calls++)) throw new Error('away');
    return value;
  };
  const reader = {
    find: async (_id: string, seq: number) => answer(seq === 1 ? { kind: 'found', view } : { kind: 'none' }),
    page: async (_id: string, position: number) => answer('text'.slice(position, position + 2)),
    message: async () => answer({ id: 'm', content: 'text' }),
    progress: async () => answer({ kind: 'there', last: 1 }),
  };
  return { reader, log: {}, notifier: new LocalNotifier(), clock: HASTY, onRetry } as unknown as RetryPorts;
}

async function followed(ports: RetryPorts, resetFirst: boolean): Promise<FollowEvent[]> {
  const ended = new AbortController();
  const start = { cursor: { seq: 1, attempt: 0, position: 0 }, seq: 1, resetFirst };
  const events: FollowEvent[] = [];
  for await (const event of followWithRetry(ports, 'c', { start }, ended.signal)) {
    events.push(event);
    if (event.kind === 'ready') ended.abort();
  }
  return events;
}

test.each([[[]], [[0]], [[1]], [[2]], [[3]], [[4]], [[0, 1, 3]], [[1, 4, 6, 8]]])(
  'yields every event once when calls %j fail',
  async (failures) => {
    const onRetry = jest.fn();
    const events = await followed(portsThatFail(failures, onRetry), true);
    const kinds = events.map(({ kind }) => kind);
    expect(kinds.filter((kind, at) => kind !== kinds[at - 1])).toEqual(EVENTS);
    expect(events.map((event) => (event.kind === 'text' ? event.text : '')).join('')).toBe('text');
    expect(onRetry).toHaveBeenCalledTimes(failures.length);
  },
);

test('gives up on an error that is no outage after five failures without progress', async () => {
  const onRetry = jest.fn();
  const always = Array.from({ length: 100 }, (_, call) => call);
  await expect(followed(portsThatFail(always, onRetry), true)).rejects.toThrow('away');
  expect(onRetry).toHaveBeenCalledTimes(4);
});

test('waits as long as it takes for a dependency that is down', async () => {
  const ports = portsThatFail([]);
  const { reader } = ports;
  const find = reader.find.bind(reader);
  let calls = 0;
  ports.reader.find = async (id, seq) => {
    calls += 1;
    if (calls <= 50) throw Object.assign(new Error('down'), { code: 'ECONNREFUSED' });
    return find(id, seq);
  };
  const kinds = (await followed(ports, true)).map(({ kind }) => kind);
  expect(kinds.filter((kind, at) => kind !== kinds[at - 1])).toEqual(EVENTS);
});
