import type { Principal } from '../../src/account/principal.js';
import { SessionMonitor } from '../../src/account/session-monitor.js';
import { LocalNotifier } from '../doubles/local-notifier.js';
import { ManualClock } from '../doubles/manual-clock.js';

const LATER = new Date(Date.now() + 3_600_000);

/** What the monitor asks of the store, answered by the test. */
class Sessions {
  readonly revoked = new Set<string>();
  readonly asked: string[][] = [];
  fails = false;

  async revokedAmong(ids: readonly string[]): Promise<string[]> {
    this.asked.push([...ids]);
    if (this.fails) throw new Error('no database');
    return ids.filter((id) => this.revoked.has(id));
  }

  async deletedAmong(userIds: readonly string[]): Promise<string[]> {
    return this.revokedAmong(userIds);
  }
}

const clock = new ManualClock();
const notifier = new LocalNotifier();
let sessions: Sessions;
let watch: SessionMonitor;
let notified: boolean;
let failures: unknown[];

beforeEach(async () => {
  sessions = new Sessions();
  notified = true;
  failures = [];
  watch = new SessionMonitor({
    store: sessions,
    notifier,
    clock,
    notified: () => notified,
    onFailure: (error) => failures.push(error),
  });
  await watch.start();
});

afterEach(() => watch.stop());

/** Lets all that is ready run. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function pass(ms: number): Promise<void> {
  await settled();
  clock.advance(ms);
  await settled();
}

function open(principal: Omit<Principal, 'userId'>) {
  const onEnd = jest.fn();
  const unwatch = watch.watch({ userId: 'user', ...principal }, onEnd);
  return { onEnd, unwatch };
}

describe('the session monitor', () => {
  it('ends a stream once, within a second of its token’s expiry', async () => {
    const expired = open({ expiresAt: new Date(Date.now() - 1) });
    const good = open({ expiresAt: LATER });
    await pass(999);
    await pass(999);
    expect(expired.onEnd.mock.calls).toEqual([['token_expired']]);
    expect(good.onEnd).not.toHaveBeenCalled();
  });

  it.each([
    ['it was revoked before its first stream was watched', true],
    ['revocations are not notified', false],
  ])(
    'ends every stream of a revoked session within a second, though nobody notifies: %s',
    async (_, heard) => {
      notified = heard;
      if (!heard) {
        open({ sessionId: 'a', expiresAt: LATER });
        await pass(999);
      }
      const [one, two] = [
        open({ sessionId: 'a', expiresAt: LATER }),
        open({ sessionId: 'a', expiresAt: LATER }),
      ];
      const other = open({ sessionId: 'b', expiresAt: LATER });
      sessions.revoked.add('a');
      await pass(999);
      expect(one.onEnd).toHaveBeenCalledTimes(1);
      expect(two.onEnd).toHaveBeenCalledTimes(1);
      expect(other.onEnd).not.toHaveBeenCalled();
    },
  );

  it('asks about a session once while nothing is notified, and again after 15 s', async () => {
    open({ sessionId: 'a', expiresAt: LATER });
    for (let n = 0; n < 10; n += 1) await pass(999);
    expect(sessions.asked).toEqual([['a']]);
    open({ sessionId: 'b', expiresAt: LATER });
    await pass(999);
    expect(sessions.asked).toEqual([['a'], ['b']]);
    for (let n = 0; n < 6; n += 1) await pass(999);
    expect(sessions.asked).toEqual([['a'], ['b'], ['a']]);
  });

  it('asks about all sessions after a notification', async () => {
    for (const sessionId of ['a', 'b']) open({ sessionId, expiresAt: LATER });
    await pass(999);
    notifier.notify('sessions');
    await settled();
    expect(sessions.asked).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  it('ends the streams of a token without a session when it is told to, and of no other', async () => {
    const one = open({ expiresAt: LATER });
    const other = open({ expiresAt: new Date(LATER.getTime() + 1000) });
    const session = open({ sessionId: 'a', expiresAt: LATER });
    watch.endToken({ userId: 'user', expiresAt: new Date(LATER) });
    expect(one.onEnd.mock.calls).toEqual([['token_expired']]);
    expect(other.onEnd).not.toHaveBeenCalled();
    expect(session.onEnd).not.toHaveBeenCalled();
  });

  it('ends it at once when it is notified', async () => {
    const { onEnd } = open({ sessionId: 'a', expiresAt: LATER });
    await settled();
    sessions.revoked.add('a');
    notifier.notify('sessions');
    await settled();
    expect(onEnd).toHaveBeenCalledTimes(1);
  });

  it('asks once for all distinct sessions', async () => {
    for (const sessionId of ['a', 'a', 'b']) open({ sessionId, expiresAt: LATER });
    await pass(999);
    expect(sessions.asked).toEqual([['a', 'b']]);
  });

  it('asks about the user when a stream has no session, and ends it when the user is deleted', async () => {
    const { onEnd } = open({ expiresAt: LATER });
    await pass(999);
    expect(sessions.asked).toEqual([['user']]);
    expect(onEnd).not.toHaveBeenCalled();
    sessions.revoked.add('user');
    notifier.notify('sessions');
    await settled();
    expect(onEnd).toHaveBeenCalledTimes(1);
  });

  it('forgets a stream that has closed', async () => {
    const { onEnd, unwatch } = open({ sessionId: 'a', expiresAt: new Date(0) });
    unwatch();
    sessions.revoked.add('a');
    await pass(999);
    expect(onEnd).not.toHaveBeenCalled();
  });

  it('keeps streams open while the database is away, and goes on when it is back', async () => {
    const { onEnd } = open({ sessionId: 'a', expiresAt: LATER });
    sessions.revoked.add('a');
    sessions.fails = true;
    await pass(999);
    expect(sessions.asked).toHaveLength(1);
    expect(failures).toHaveLength(1);
    expect(onEnd).not.toHaveBeenCalled();
    sessions.fails = false;
    await pass(999);
    expect(onEnd).toHaveBeenCalledTimes(1);
  });
});
