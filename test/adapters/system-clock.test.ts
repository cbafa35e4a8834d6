import { getEventListeners } from 'node:events';
import { SystemClock } from '../../src/adapters/system-clock.js';

describe('the clock', () => {
  const clock = new SystemClock();

  it('sleeps at least as long as it is told', async () => {
    const began = clock.now();
    await clock.sleep(20);
    // Timers may fire up to a millisecond early.
    expect(clock.now() - began).toBeGreaterThanOrEqual(19);
  });

  it('wakes at an abort, and does not fall asleep after one', async () => {
    const abort = new AbortController();
    const sleep = clock.sleep(2 ** 40, abort.signal);
    abort.abort();
    await sleep;
    await clock.sleep(2 ** 40, abort.signal);
  });

  it('leaves no listener behind', async () => {
    const { signal } = new AbortController();
    await clock.sleep(0, signal);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
