import type { Principal } from '../../src/account/principal.js';
import type { SessionMonitor } from '../../src/account/session-monitor.js';
import { OpenStreams } from '../../src/gateway/open-streams.js';
import { ManualClock } from '../doubles/manual-clock.js';

const PRINCIPAL: Principal = { userId: 'user', expiresAt: new Date(Date.now() + 60_000) };

const MAX_PER_USER = 10_000;
const MAX_PER_ADDRESS = 20_000;
const ADDRESS = '192.0.2.1';

const clock = new ManualClock();
let streams: OpenStreams;
let signals: AbortSignal[];

beforeEach(() => {
  streams = new OpenStreams({ watch: () => () => {} } as unknown as SessionMonitor, clock, {
    perUser: MAX_PER_USER,
    perAddress: MAX_PER_ADDRESS,
  });
  signals = [];
});

function open(count: number): void {
  for (let i = 0; i < count; i++) signals.push(streams.open(PRINCIPAL, 'sse', ADDRESS).signal);
}

const ended = () => signals.filter(({ aborted }) => aborted).length;

/** Lets all that is ready run. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('refuses a user who has too many, until one of them closes', () => {
  open(MAX_PER_USER - 1);
  const last = streams.open(PRINCIPAL, 'sse', ADDRESS);
  expect(() => streams.open(PRINCIPAL, 'sse', ADDRESS)).toThrow(
    expect.objectContaining({ code: 'rate_limited' }),
  );
  streams.open({ ...PRINCIPAL, userId: 'another' }, 'sse', ADDRESS);
  last.close();
  last.close();
  streams.open(PRINCIPAL, 'sse', ADDRESS);
  expect(() => streams.open(PRINCIPAL, 'sse', ADDRESS)).toThrow(
    expect.objectContaining({ code: 'rate_limited' }),
  );
});

test('refuses an address that has too many, whoever its users are, and nobody elsewhere', () => {
  const users = Array.from({ length: MAX_PER_ADDRESS }, (_, n) => ({ ...PRINCIPAL, userId: `user ${n}` }));
  const [first] = users.map((user) => streams.open(user, 'sse', ADDRESS));
  expect(() => streams.open(PRINCIPAL, 'sse', ADDRESS)).toThrow(
    expect.objectContaining({ code: 'rate_limited' }),
  );
  streams.open(PRINCIPAL, 'sse', '192.0.2.2');
  first?.close();
  streams.open(PRINCIPAL, 'sse', ADDRESS);
});

describe('when all streams are to end', () => {
  it('ends a few at once', async () => {
    open(20);
    await streams.endAll(10_000);
    expect(ended()).toBe(20);
    expect(signals.every(({ reason }) => reason === 'draining')).toBe(true);
  });

  it('lets no other begin, from the first moment', async () => {
    open(1000);
    const all = streams.endAll(10_000);
    expect(streams.draining).toBe(true);
    expect(() => streams.open(PRINCIPAL, 'sse', ADDRESS)).toThrow(
      expect.objectContaining({ code: 'draining' }),
    );
    while (ended() < 1000) {
      clock.advance(100);
      await settled();
    }
    await all;
  });

  it('spreads many over the time that there is', async () => {
    open(10_000);
    const all = streams.endAll(1000);
    expect(ended()).toBe(500);
    clock.advance(50);
    await settled();
    expect(ended()).toBe(1000);
    for (let ms = 50; ms < 1000; ms += 50) {
      clock.advance(50);
      await settled();
    }
    expect(ended()).toBe(10_000);
    await all;
  });

  it('ends all at once when there is no time', async () => {
    open(10_000);
    await streams.endAll(0);
    expect(ended()).toBe(10_000);
  });
});
