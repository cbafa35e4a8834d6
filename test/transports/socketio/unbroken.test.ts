import type { FollowEvent } from '../../../src/generation/follow.js';
import type { Logger } from '../../../src/kernel/logger.js';
import { followUnbroken, type UnbrokenPorts } from '../../../src/transports/socketio/unbroken.js';
import { HASTY } from '../../doubles/hasty-clock.js';
import { LocalDoorbell } from '../../doubles/local-notifier.js';
import { SILENT } from '../../support/silent-log.js';

const EVENTS: FollowEvent['kind'][] = ['accepted', 'reset', 'text', 'ended', 'ready'];

/** One generation that has ended, seen through rows of which every call may fail. */
function portsThatFail(failures: number[], logger: Logger = SILENT): UnbrokenPorts {
  let calls = 0;
  const view = {
    ref: { messageId: 'm', seq: 1 },
    attempts: [{ attempt: 1, start: 0 }],
    stopRequested: false,
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
  return { reader, log: {}, notifier: new LocalDoorbell(), clock: HASTY, logger } as unknown as UnbrokenPorts;
}

async function followed(ports: UnbrokenPorts, resetFirst: boolean): Promise<FollowEvent[]> {
  const ended = new AbortController();
  const start = { cursor: { seq: 1, attempt: 0, position: 0 }, seq: 1, resetFirst };
  const events: FollowEvent[] = [];
  for await (const event of followUnbroken(ports, 'c', start, ended.signal)) {
    events.push(event);
    if (event.kind === 'ready') ended.abort();
  }
  return events;
}

test.each([[[]], [[0]], [[1]], [[2]], [[3]], [[4]], [[0, 1, 3]], [[1, 4, 6, 8]]])(
  'tells everything once when calls %j fail',
  async (failures) => {
    const warn = jest.fn();
    const events = await followed(portsThatFail(failures, { ...SILENT, warn }), true);
    const kinds = events.map(({ kind }) => kind);
    expect(kinds.filter((kind, at) => kind !== kinds[at - 1])).toEqual(EVENTS);
    expect(events.map((event) => (event.kind === 'text' ? event.text : '')).join('')).toBe('text');
    expect(warn).toHaveBeenCalledTimes(failures.length);
  },
);
