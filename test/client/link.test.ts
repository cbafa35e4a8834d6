import { networkError, refusal } from '../../src/client/client-error.js';
import { broken } from '../../src/client/transports/transport.js';
import { Bench } from './bench.js';
import { settled } from './virtual-time.js';

const UNREACHABLE = { kind: 'unreachable', error: networkError('nobody there') } as const;
const UNAUTHORIZED = refusal('unauthorized', 'not authenticated', false);

test('says how it stands on the way to live', async () => {
  const bench = new Bench();
  const { only } = (await settled(), bench);
  expect(only.transport).toBe('socketio');
  only.events.opened();
  expect(bench.states).toEqual(['connecting', 'catching-up']);
  await bench.goesLive();
  expect(bench.states).toEqual(['connecting', 'catching-up', 'live']);
});

test('pauses of 1, 2, 4 … 30 s while nobody is there, and says when they end', async () => {
  const bench = new Bench();
  const pauses: number[] = [];
  for (let round = 0; round < 7; round++) {
    await settled();
    bench.only.events.ended(broken('no WebSocket'));
    await settled();
    bench.only.closed = true;
    bench.opened.at(-1)?.events.ended(UNREACHABLE);
    await settled();
    const { state, retryAt } = bench.link.state;
    expect(state).toBe('offline');
    const pause = (retryAt ?? 0) - bench.time.now();
    pauses.push(pause);
    const before = bench.opened.length;
    await bench.time.pass(pause - 1);
    expect(bench.opened).toHaveLength(before);
    await bench.time.pass(1);
    expect(bench.opened).toHaveLength(before + 1);
  }
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test('while no server answers, the best transport is tried first each time', async () => {
  const bench = new Bench();
  for (let round = 0; round < 3; round++) {
    await settled();
    expect(bench.only.transport).toBe('socketio');
    bench.only.events.ended(UNREACHABLE);
    await bench.time.pass(1000 * 2 ** round);
  }
});

test('goes down the ladder where transports fail or say nothing', async () => {
  const bench = new Bench();
  await settled();
  bench.only.events.ended(broken('refused'));
  await settled();
  expect(bench.only.transport).toBe('websocket');
  bench.only.events.opened();
  await bench.time.pass(6000);
  // Opened, and then held back: as good as blocked.
  expect(bench.only.transport).toBe('sse');
  await bench.time.pass(6000);
  expect(bench.only.transport).toBe('polling');
  await bench.goesLive();
  expect(bench.link.state).toMatchObject({ state: 'live', transport: 'polling', error: null });
});

test('climbs when a better one gets through, and hears the other until then', async () => {
  const bench = new Bench();
  await settled();
  bench.only.events.ended(broken('refused'));
  const lower = await bench.goesLive();
  expect(lower.transport).toBe('websocket');
  await bench.time.pass(30_000 - 1);
  lower.events.heard();
  expect(bench.open).toEqual([lower]);
  await bench.time.pass(1);
  const [, trial] = bench.open;
  expect(trial?.transport).toBe('socketio');
  // What the trial tells is held back until it has told all.
  const before = bench.told.length;
  trial?.events.frame({ type: 'stopping', conversationId: 'c', messageId: 'm' });
  expect(bench.told).toHaveLength(before);
  lower.events.frame({ type: 'stopping', conversationId: 'c', messageId: 'm' });
  expect(bench.told).toHaveLength(before + 1);
  trial?.events.frame({ type: 'ready', conversationId: 'c', cursor: '1.0.0' });
  await settled();
  expect(bench.told).toHaveLength(before + 3);
  expect(bench.open).toEqual([trial]);
  expect(bench.link.state).toMatchObject({ state: 'live', transport: 'socketio' });
  // Of a connection that was given up nothing is heard.
  lower.events.frame({ type: 'stopping', conversationId: 'c', messageId: 'm' });
  expect(bench.told).toHaveLength(before + 3);
  expect(bench.states.filter((state) => state === 'live')).toHaveLength(1);
});

test('tries to climb less and less often where it is in vain, and at once when woken', async () => {
  const bench = new Bench();
  await settled();
  bench.only.events.ended(broken('refused'));
  const lower = await bench.goesLive();
  const trials: number[] = [];
  const began = bench.time.now();
  while (trials.length < 4) {
    await bench.time.pass(1000);
    lower.events.heard();
    const trial = bench.open.find(({ transport }) => transport === 'socketio');
    if (!trial) continue;
    trials.push(bench.time.now() - began);
    trial.events.ended(broken('refused'));
    await settled();
  }
  expect(trials).toEqual([30_000, 90_000, 210_000, 450_000]);
  bench.link.wake();
  await settled();
  expect(bench.open.some(({ transport }) => transport === 'socketio')).toBe(true);
});

test('comes back over the same transport after a loss, within a second', async () => {
  const bench = new Bench();
  const { events } = await bench.goesLive();
  await bench.time.pass(10_000);
  events.heard();
  events.ended(broken('lost'));
  await settled();
  expect(bench.link.state).toMatchObject({ state: 'connecting', transport: 'socketio' });
  await bench.time.pass(999);
  expect(bench.open).toEqual([]);
  await bench.time.pass(1);
  expect(bench.only.transport).toBe('socketio');
});

test('a transport that gets through and breaks again and again counts as blocked', async () => {
  const bench = new Bench();
  for (let times = 0; times < 3; times++) {
    const { transport, events } = await bench.goesLive();
    expect(transport).toBe('socketio');
    events.ended(broken('lost'));
    await bench.time.pass(4000);
  }
  expect(bench.only.transport).toBe('websocket');
});

test('a loss is taken up at once when woken', async () => {
  const bench = new Bench();
  const { events } = await bench.goesLive();
  events.ended(broken('lost'));
  await settled();
  bench.link.wake();
  await settled();
  expect(bench.only.transport).toBe('socketio');
});

test('a cut is taken up at once', async () => {
  const bench = new Bench();
  await bench.goesLive();
  bench.link.cut();
  await settled();
  expect(bench.opened).toHaveLength(2);
  await bench.goesLive();
});

test('a server that restarts is come back to soon, not at once', async () => {
  const bench = new Bench();
  const { events } = await bench.goesLive();
  await bench.time.pass(30_000);
  events.ended({ kind: 'refused', error: refusal('draining', 'restarting', true) });
  await bench.time.pass(999);
  expect(bench.open).toEqual([]);
  await bench.time.pass(1);
  await bench.goesLive();
});

test('waits for as long as the server asks', async () => {
  const bench = new Bench();
  await settled();
  const error = refusal('rate_limited', 'too many', true, { status: 429, retryAfter: 17 });
  bench.only.events.ended({ kind: 'refused', error });
  await settled();
  expect(bench.link.state).toMatchObject({ state: 'offline', retryAt: bench.time.now() + 17_000 });
  expect(bench.link.state.error).toMatchObject({ code: 'rate_limited' });
});

test('what nobody hears of for 35 s is dead', async () => {
  const bench = new Bench();
  const { events } = await bench.goesLive();
  for (let beat = 0; beat < 10; beat++) {
    await bench.time.pass(34_999);
    events.heard();
  }
  expect(bench.opened).toHaveLength(1);
  await bench.time.pass(35_000 - 1);
  expect(bench.opened[0]?.closed).toBe(false);
  await bench.time.pass(1);
  expect(bench.opened[0]?.closed).toBe(true);
  await bench.time.pass(1000);
  await bench.goesLive();
});

test('a machine that slept does not trust what it was connected to', async () => {
  const bench = new Bench();
  const { events } = await bench.goesLive();
  bench.time.sleep(600_000);
  bench.link.wake();
  await settled();
  expect(bench.opened[0]?.closed).toBe(true);
  events.heard();
  await bench.time.pass(1000);
  await bench.goesLive();
});

test('when woken, a connection that can answer has 5 s to do so', async () => {
  const bench = new Bench();
  bench.link.use('websocket');
  const { events } = await bench.goesLive();
  bench.link.wake();
  expect(bench.only.pokes).toBe(1);
  await bench.time.pass(4999);
  events.heard();
  await bench.time.pass(20_000);
  expect(bench.opened).toHaveLength(1);
  bench.link.wake();
  await bench.time.pass(5000);
  expect(bench.opened[0]?.closed).toBe(true);
});

test('another token is asked for when one has expired, and the connection is taken up at once', async () => {
  const asked: (string | undefined)[] = [];
  const bench = new Bench(async (refused) => {
    asked.push(refused);
    return 't';
  });
  const { events } = await bench.goesLive();
  await bench.time.pass(10_000);
  events.ended({ kind: 'refused', error: refusal('token_expired', 'expired', true), token: 'old' });
  await bench.goesLive();
  expect(bench.link.state.state).toBe('live');
});

test('closes when a fresh token is refused too', async () => {
  const bench = new Bench();
  await settled();
  bench.only.events.ended({ kind: 'refused', error: UNAUTHORIZED, token: 'one' });
  await settled();
  bench.only.events.ended({ kind: 'refused', error: UNAUTHORIZED, token: 'other' });
  await settled();
  expect(bench.link.state).toMatchObject({ state: 'closed', error: { code: 'unauthorized' } });
  expect(bench.time.pending).toBe(0);
});

test.each(['not_found', 'forbidden'] as const)('closes on %s', async (code) => {
  const bench = new Bench();
  await settled();
  bench.only.events.ended({ kind: 'refused', error: refusal(code, 'no', false) });
  await settled();
  expect(bench.link.state).toMatchObject({ state: 'closed', error: { code } });
  expect(bench.time.pending).toBe(0);
});

test('a cursor that is refused costs a page, and no pause', async () => {
  const bench = new Bench();
  await settled();
  expect(bench.pages).toBe(1);
  bench.only.events.ended({ kind: 'refused', error: refusal('bad_request', 'no such cursor', false) });
  await bench.goesLive();
  expect(bench.pages).toBe(2);
});

test('a gap costs a connection, and a page if that does not help', async () => {
  const bench = new Bench();
  const { events } = await bench.goesLive();
  await bench.time.pass(10_000);
  bench.outcome = 'gap';
  events.frame({ type: 'stopping', conversationId: 'c', messageId: 'm' });
  await settled();
  expect(bench.opened).toHaveLength(2);
  expect(bench.pages).toBe(1);
  bench.only.events.frame({ type: 'stopping', conversationId: 'c', messageId: 'm' });
  await bench.time.pass(2000);
  expect(bench.opened).toHaveLength(3);
  expect(bench.pages).toBe(2);
});

test('a page that cannot be had is asked for again, unless it was refused', async () => {
  const bench = new Bench();
  const { events } = await bench.goesLive();
  bench.pageError = networkError('nobody there');
  bench.outcome = 'lost';
  events.frame({ type: 'stopping', conversationId: 'c', messageId: 'm' });
  await settled();
  expect(bench.link.state.state).toBe('offline');
  bench.pageError = refusal('not_found', 'no such conversation', false, { status: 404 });
  await bench.time.pass(2000);
  expect(bench.link.state).toMatchObject({ state: 'closed', error: { code: 'not_found' } });
  expect(bench.open).toEqual([]);
});

test('uses one transport alone when told to, and all again when told so', async () => {
  const bench = new Bench();
  await bench.goesLive();
  bench.link.use('sse');
  expect((await bench.goesLive()).transport).toBe('sse');
  bench.only.events.ended(broken('lost'));
  await bench.time.pass(1000);
  bench.only.events.ended(broken('refused'));
  await settled();
  expect(bench.link.state).toMatchObject({ state: 'offline', transport: 'sse' });
  bench.link.use('auto');
  expect((await bench.goesLive()).transport).toBe('socketio');
});

test.each(['connecting', 'live', 'offline'])(
  'nothing is left after it was closed while %s',
  async (state) => {
    const bench = new Bench();
    if (state === 'live') await bench.goesLive();
    await settled();
    if (state === 'offline') bench.only.events.ended(UNREACHABLE);
    await settled();
    expect(bench.link.state.state).toBe(state);
    bench.link.close();
    await settled();
    expect({ open: bench.open, pending: bench.time.pending }).toEqual({ open: [], pending: 0 });
    expect(bench.link.state.state).toBe('closed');
  },
);
