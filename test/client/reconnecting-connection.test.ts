import { networkError, refusal } from '../../src/client/client-error.js';
import { failed } from '../../src/client/transports/transport.js';
import { ConnectionHarness } from './connection-harness.js';
import { settled } from './virtual-time.js';

const UNREACHABLE = { kind: 'unreachable', error: networkError('no server answers') } as const;
const UNAUTHORIZED = refusal('unauthorized', 'not authenticated', false);

test('shows its state on the way to live', async () => {
  const harness = new ConnectionHarness();
  const { only } = (await settled(), harness);
  expect(only.transport).toBe('socketio');
  only.events.opened();
  expect(harness.states).toEqual(['connecting', 'catching-up']);
  await harness.goesLive();
  expect(harness.states).toEqual(['connecting', 'catching-up', 'live']);
});

test('waits 1, 2, 4 … 30 s while no server answers, and shows when the next try is', async () => {
  const harness = new ConnectionHarness();
  const waits: number[] = [];
  for (let round = 0; round < 7; round++) {
    await settled();
    harness.only.events.ended(failed('no WebSocket'));
    await settled();
    harness.only.closed = true;
    harness.opened.at(-1)?.events.ended(UNREACHABLE);
    await settled();
    const { state, retryAt } = harness.connection.status;
    expect(state).toBe('offline');
    const wait = (retryAt ?? 0) - harness.time.now();
    waits.push(wait);
    const before = harness.opened.length;
    await harness.time.pass(wait - 1);
    expect(harness.opened).toHaveLength(before);
    await harness.time.pass(1);
    expect(harness.opened).toHaveLength(before + 1);
  }
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test('while no server answers, the best transport is tried first each time', async () => {
  const harness = new ConnectionHarness();
  for (let round = 0; round < 3; round++) {
    await settled();
    expect(harness.only.transport).toBe('socketio');
    harness.only.events.ended(UNREACHABLE);
    await harness.time.pass(1000 * 2 ** round);
  }
});

test('falls back to the next transport when one fails or brings nothing', async () => {
  const harness = new ConnectionHarness();
  await settled();
  harness.only.events.ended(failed('refused'));
  await settled();
  expect(harness.only.transport).toBe('websocket');
  harness.only.events.opened();
  await harness.time.pass(6000);
  // It opened and brought nothing: something holds the stream back.
  expect(harness.only.transport).toBe('sse');
  await harness.time.pass(6000);
  expect(harness.only.transport).toBe('polling');
  await harness.goesLive();
  expect(harness.connection.status).toMatchObject({ state: 'live', transport: 'polling', error: null });
});

test('upgrades when a better transport works, and keeps the other connection until then', async () => {
  const harness = new ConnectionHarness();
  await settled();
  harness.only.events.ended(failed('refused'));
  const lower = await harness.goesLive();
  expect(lower.transport).toBe('websocket');
  await harness.time.pass(30_000 - 1);
  lower.events.alive();
  expect(harness.open).toEqual([lower]);
  await harness.time.pass(1);
  const [, trial] = harness.open;
  expect(trial?.transport).toBe('socketio');
  // The frames of the trial are held back until it is up to date.
  const before = harness.frames.length;
  trial?.events.frame({ type: 'stopping', conversationId: 'c', messageId: 'm' });
  expect(harness.frames).toHaveLength(before);
  lower.events.frame({ type: 'stopping', conversationId: 'c', messageId: 'm' });
  expect(harness.frames).toHaveLength(before + 1);
  trial?.events.frame({ type: 'ready', conversationId: 'c', cursor: '1.0.0' });
  await settled();
  expect(harness.frames).toHaveLength(before + 3);
  expect(harness.open).toEqual([trial]);
  expect(harness.connection.status).toMatchObject({ state: 'live', transport: 'socketio' });
  // Frames of a connection that was replaced are ignored.
  lower.events.frame({ type: 'stopping', conversationId: 'c', messageId: 'm' });
  expect(harness.frames).toHaveLength(before + 3);
  expect(harness.states.filter((state) => state === 'live')).toHaveLength(1);
});

test('tries to upgrade less and less often while that fails, and at once on wake', async () => {
  const harness = new ConnectionHarness();
  await settled();
  harness.only.events.ended(failed('refused'));
  const lower = await harness.goesLive();
  const trials: number[] = [];
  const began = harness.time.now();
  while (trials.length < 4) {
    await harness.time.pass(1000);
    lower.events.alive();
    const trial = harness.open.find(({ transport }) => transport === 'socketio');
    if (!trial) continue;
    trials.push(harness.time.now() - began);
    trial.events.ended(failed('refused'));
    await settled();
  }
  expect(trials).toEqual([30_000, 90_000, 210_000, 450_000]);
  harness.connection.wake();
  await settled();
  expect(harness.open.some(({ transport }) => transport === 'socketio')).toBe(true);
});

test('reconnects over the same transport within a second of a loss', async () => {
  const harness = new ConnectionHarness();
  const { events } = await harness.goesLive();
  await harness.time.pass(10_000);
  events.alive();
  events.ended(failed('lost'));
  await settled();
  expect(harness.connection.status).toMatchObject({ state: 'connecting', transport: 'socketio' });
  await harness.time.pass(999);
  expect(harness.open).toEqual([]);
  await harness.time.pass(1);
  expect(harness.only.transport).toBe('socketio');
});

test('a transport that opens and breaks again and again counts as blocked', async () => {
  const harness = new ConnectionHarness();
  for (let times = 0; times < 3; times++) {
    const { transport, events } = await harness.goesLive();
    expect(transport).toBe('socketio');
    events.ended(failed('lost'));
    await harness.time.pass(4000);
  }
  expect(harness.only.transport).toBe('websocket');
});

test('reconnects at once on wake', async () => {
  const harness = new ConnectionHarness();
  const { events } = await harness.goesLive();
  events.ended(failed('lost'));
  await settled();
  harness.connection.wake();
  await settled();
  expect(harness.only.transport).toBe('socketio');
});

test('reconnects at once after a cut', async () => {
  const harness = new ConnectionHarness();
  await harness.goesLive();
  harness.connection.cut();
  await settled();
  expect(harness.opened).toHaveLength(2);
  await harness.goesLive();
});

test('comes back to a server that restarts within a second, not at once', async () => {
  const harness = new ConnectionHarness();
  const { events } = await harness.goesLive();
  await harness.time.pass(30_000);
  events.ended({ kind: 'refused', error: refusal('draining', 'restarting', true) });
  await harness.time.pass(999);
  expect(harness.open).toEqual([]);
  await harness.time.pass(1);
  await harness.goesLive();
});

test('waits for as long as the server asks', async () => {
  const harness = new ConnectionHarness();
  await settled();
  const error = refusal('rate_limited', 'too many', true, { status: 429, retryAfter: 17 });
  harness.only.events.ended({ kind: 'refused', error });
  await settled();
  expect(harness.connection.status).toMatchObject({ state: 'offline', retryAt: harness.time.now() + 17_000 });
  expect(harness.connection.status.error).toMatchObject({ code: 'rate_limited' });
});

test('a connection that receives nothing for 35 s is given up', async () => {
  const harness = new ConnectionHarness();
  const { events } = await harness.goesLive();
  for (let beat = 0; beat < 10; beat++) {
    await harness.time.pass(34_999);
    events.alive();
  }
  expect(harness.opened).toHaveLength(1);
  await harness.time.pass(35_000 - 1);
  expect(harness.opened[0]?.closed).toBe(false);
  await harness.time.pass(1);
  expect(harness.opened[0]?.closed).toBe(true);
  await harness.time.pass(1000);
  await harness.goesLive();
});

test('after a sleep of the machine, a silent connection is given up at once', async () => {
  const harness = new ConnectionHarness();
  const { events } = await harness.goesLive();
  harness.time.sleep(600_000);
  harness.connection.wake();
  await settled();
  expect(harness.opened[0]?.closed).toBe(true);
  events.alive();
  await harness.time.pass(1000);
  await harness.goesLive();
});

test('on wake, a connection that can be pinged has 5 s to answer', async () => {
  const harness = new ConnectionHarness();
  harness.connection.use('websocket');
  const { events } = await harness.goesLive();
  harness.connection.wake();
  expect(harness.only.pings).toBe(1);
  await harness.time.pass(4999);
  events.alive();
  await harness.time.pass(20_000);
  expect(harness.opened).toHaveLength(1);
  harness.connection.wake();
  await harness.time.pass(5000);
  expect(harness.opened[0]?.closed).toBe(true);
});

test('asks for another token when one has expired, and reconnects at once', async () => {
  const asked: (string | undefined)[] = [];
  const harness = new ConnectionHarness(async (refused) => {
    asked.push(refused);
    return 't';
  });
  const { events } = await harness.goesLive();
  await harness.time.pass(10_000);
  events.ended({ kind: 'refused', error: refusal('token_expired', 'expired', true), token: 'old' });
  await harness.goesLive();
  expect(harness.connection.status.state).toBe('live');
});

test('closes when a fresh token is refused too', async () => {
  const harness = new ConnectionHarness();
  await settled();
  harness.only.events.ended({ kind: 'refused', error: UNAUTHORIZED, token: 'one' });
  await settled();
  harness.only.events.ended({ kind: 'refused', error: UNAUTHORIZED, token: 'other' });
  await settled();
  expect(harness.connection.status).toMatchObject({ state: 'closed', error: { code: 'unauthorized' } });
  expect(harness.time.pending).toBe(0);
});

test.each(['not_found', 'forbidden'] as const)('closes on %s', async (code) => {
  const harness = new ConnectionHarness();
  await settled();
  harness.only.events.ended({ kind: 'refused', error: refusal(code, 'no', false) });
  await settled();
  expect(harness.connection.status).toMatchObject({ state: 'closed', error: { code } });
  expect(harness.time.pending).toBe(0);
});

test('after a refused cursor it loads the page, without a wait', async () => {
  const harness = new ConnectionHarness();
  await settled();
  expect(harness.pages).toBe(1);
  harness.only.events.ended({ kind: 'refused', error: refusal('bad_request', 'no such cursor', false) });
  await harness.goesLive();
  expect(harness.pages).toBe(2);
});

test('after a gap it reconnects, and loads the page if that does not help', async () => {
  const harness = new ConnectionHarness();
  const { events } = await harness.goesLive();
  await harness.time.pass(10_000);
  harness.outcome = 'gap';
  events.frame({ type: 'stopping', conversationId: 'c', messageId: 'm' });
  await settled();
  expect(harness.opened).toHaveLength(2);
  expect(harness.pages).toBe(1);
  harness.only.events.frame({ type: 'stopping', conversationId: 'c', messageId: 'm' });
  await harness.time.pass(2000);
  expect(harness.opened).toHaveLength(3);
  expect(harness.pages).toBe(2);
});

test('a page that cannot be loaded is asked for again, unless it was refused', async () => {
  const harness = new ConnectionHarness();
  const { events } = await harness.goesLive();
  harness.pageError = networkError('no server answers');
  harness.outcome = 'lost';
  events.frame({ type: 'stopping', conversationId: 'c', messageId: 'm' });
  await settled();
  expect(harness.connection.status.state).toBe('offline');
  harness.pageError = refusal('not_found', 'no such conversation', false, { status: 404 });
  await harness.time.pass(2000);
  expect(harness.connection.status).toMatchObject({ state: 'closed', error: { code: 'not_found' } });
  expect(harness.open).toEqual([]);
});

test('uses one transport alone, and all of them again', async () => {
  const harness = new ConnectionHarness();
  await harness.goesLive();
  harness.connection.use('sse');
  expect((await harness.goesLive()).transport).toBe('sse');
  harness.only.events.ended(failed('lost'));
  await harness.time.pass(1000);
  harness.only.events.ended(failed('refused'));
  await settled();
  expect(harness.connection.status).toMatchObject({ state: 'offline', transport: 'sse' });
  harness.connection.use('auto');
  expect((await harness.goesLive()).transport).toBe('socketio');
});

describe('in a hidden page', () => {
  /** Live over SSE, since WebSockets are blocked. */
  async function liveOverSse(): Promise<ConnectionHarness> {
    const harness = new ConnectionHarness();
    for (const _transport of ['socketio', 'websocket']) {
      await settled();
      harness.only.events.ended(failed('refused'));
    }
    expect((await harness.goesLive()).transport).toBe('sse');
    return harness;
  }

  function hide(harness: ConnectionHarness): void {
    harness.isHidden = true;
    harness.connection.hide();
  }

  function show(harness: ConnectionHarness): void {
    harness.isHidden = false;
    harness.connection.wake();
  }

  test('an event stream is closed after 2 s, and opened again over SSE when the page is visible', async () => {
    const harness = await liveOverSse();
    await harness.time.pass(10_000);
    harness.only.events.alive();
    hide(harness);
    await harness.time.pass(1999);
    expect(harness.open).toHaveLength(1);
    await harness.time.pass(1);
    expect(harness.open).toEqual([]);
    expect(harness.connection.status).toMatchObject({ state: 'paused', transport: 'sse', retryAt: null });
    await harness.time.pass(3_600_000);
    expect({ open: harness.open, pending: harness.time.pending }).toEqual({ open: [], pending: 0 });

    show(harness);
    await settled();
    // Not over Socket.IO first: where WebSockets are blocked that may take seconds.
    expect(harness.only.transport).toBe('sse');
    expect(harness.connection.status.state).toBe('connecting');
    harness.only.events.frame({ type: 'ready', conversationId: 'c', cursor: '1.0.0' });
    await settled();
    expect(harness.connection.status.state).toBe('live');
    expect(harness.open.map(({ transport }) => transport)).toEqual(['sse', 'socketio']);
  });

  test('a look into another tab costs nothing', async () => {
    const harness = await liveOverSse();
    hide(harness);
    await harness.time.pass(1000);
    show(harness);
    await harness.time.pass(2000);
    expect(harness.opened.filter(({ transport }) => transport === 'sse')).toHaveLength(1);
    expect(harness.states).not.toContain('paused');
  });

  test('no event stream is opened, whatever wakes it', async () => {
    const harness = await liveOverSse();
    hide(harness);
    await harness.time.pass(2000);
    // The network is back, but the page is still hidden.
    harness.connection.wake();
    await settled();
    expect(harness.open).toEqual([]);
    expect(harness.connection.status.state).toBe('paused');
    harness.connection.close();
    await settled();
    expect(harness.time.pending).toBe(0);
  });

  test('a page that is loaded hidden has its messages, and no event stream', async () => {
    const harness = new ConnectionHarness();
    harness.isHidden = true;
    harness.connection.use('sse');
    await settled();
    expect({ opened: harness.opened, pages: harness.pages }).toEqual({ opened: [], pages: 1 });
    expect(harness.connection.status.state).toBe('paused');
    show(harness);
    expect((await harness.goesLive()).transport).toBe('sse');
    expect(harness.pages).toBe(1);
  });

  test('sockets and polling go on, and polling is not replaced by an event stream', async () => {
    const harness = new ConnectionHarness();
    await harness.goesLive();
    hide(harness);
    await harness.time.pass(2000);
    expect(harness.connection.status).toMatchObject({ state: 'live', transport: 'socketio' });
    harness.connection.close();

    const other = await liveOverSse();
    other.only.events.ended(failed('lost'));
    await other.time.pass(1000);
    other.only.events.ended(failed('refused'));
    await other.goesLive();
    expect(other.connection.status).toMatchObject({ state: 'live', transport: 'polling' });
    hide(other);
    await other.time.pass(30_000);
    other.opened.at(-1)?.events.alive();
    for (const { transport } of other.open) expect(transport).not.toBe('sse');
  });
});

test.each(['connecting', 'live', 'offline'])(
  'nothing is left after it was closed while %s',
  async (state) => {
    const harness = new ConnectionHarness();
    if (state === 'live') await harness.goesLive();
    await settled();
    if (state === 'offline') harness.only.events.ended(UNREACHABLE);
    await settled();
    expect(harness.connection.status.state).toBe(state);
    harness.connection.close();
    await settled();
    expect({ open: harness.open, pending: harness.time.pending }).toEqual({ open: [], pending: 0 });
    expect(harness.connection.status.state).toBe('closed');
  },
);
