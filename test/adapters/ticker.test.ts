import { Ticker } from '../../src/adapters/ticker.js';
import { ManualClock } from '../doubles/manual-clock.js';

async function advance(clock: ManualClock, ms: number): Promise<void> {
  clock.advance(ms);
  await Promise.resolve();
}

describe('a ticker', () => {
  it('calls all its members at the same moments, until they leave', async () => {
    const clock = new ManualClock();
    const ticker = new Ticker(clock, 5000);
    const called: string[] = [];
    const [one, other] = [() => called.push('one'), () => called.push('other')];
    ticker.join(one);
    await advance(clock, 3000);
    ticker.join(other);
    await advance(clock, 2000);
    expect(called).toEqual(['one', 'other']);
    ticker.leave(one);
    await advance(clock, 5000);
    expect(called).toEqual(['one', 'other', 'other']);
    ticker.leave(other);
    await advance(clock, 5000);
    expect(called.length).toBe(3);
  });

  it('starts again for a new member', async () => {
    const clock = new ManualClock();
    const ticker = new Ticker(clock, 5000);
    let calls = 0;
    const member = (): void => void calls++;
    ticker.join(member);
    ticker.leave(member);
    ticker.join(member);
    await advance(clock, 5000);
    expect(calls).toBe(1);
    ticker.leave(member);
  });
});
