import * as fc from 'fast-check';
import { pace, tokenize } from '../../../src/adapters/dev-llm/pace.js';
import type { Clock } from '../../../src/kernel/clock.js';

/** Time that passes only in sleeps, and when a test says so. */
class LeapingClock implements Clock {
  time = 1000;

  now(): number {
    return this.time;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (!signal?.aborted) this.time += ms;
  }
}

const never = new AbortController().signal;

async function moments(clock: LeapingClock, tokens: AsyncIterable<string>): Promise<[string, number][]> {
  const seen: [string, number][] = [];
  for await (const token of tokens) seen.push([token, clock.now()]);
  return seen;
}

describe('tokenize', () => {
  it('loses nothing of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(tokenize(text).join('')).toBe(text);
      }),
    );
  });

  it('cuts no character in two', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        for (const token of tokenize(text)) expect(Buffer.from(token).toString()).toBe(token);
      }),
    );
  });

  it('cuts between words, and long runs in pieces', () => {
    expect(tokenize('Drink water, rest.\n\nOk?')).toEqual([
      'Drink',
      ' water',
      ',',
      ' rest',
      '.',
      '\n\n',
      'Ok',
      '?',
    ]);
    expect(tokenize('a'.repeat(30)).map((token) => token.length)).toEqual([12, 12, 6]);
  });
});

describe('pace', () => {
  it('gives every token its moment, counted from the first', async () => {
    const clock = new LeapingClock();
    const paced = pace(['a', 'b', 'c'], { tokensPerSecond: 10, firstTokenMs: 250 }, clock, never);
    expect(await moments(clock, paced)).toEqual([
      ['a', 1250],
      ['b', 1350],
      ['c', 1450],
    ]);
  });

  it('does not drift when the reader is slow, and catches up at once', async () => {
    const clock = new LeapingClock();
    const paced = pace(['a', 'b', 'c', 'd', 'e'], { tokensPerSecond: 10, firstTokenMs: 0 }, clock, never);
    await paced.next();
    clock.time += 250;
    expect(await moments(clock, paced)).toEqual([
      ['b', 1250],
      ['c', 1250],
      ['d', 1300],
      ['e', 1400],
    ]);
  });

  it('waits for no clock at rate 0', async () => {
    const clock = new LeapingClock();
    const tokens = Array.from({ length: 100 }, (_, index) => `${index} `);
    const paced = pace(tokens, { tokensPerSecond: 0, firstTokenMs: 0 }, clock, never);
    expect(await moments(clock, paced)).toEqual(tokens.map((token) => [token, 1000]));
  });

  it('lets others run in between at rate 0', async () => {
    let turns = 0;
    const count = (): void => {
      turns += 1;
      counting = setImmediate(count);
    };
    let counting = setImmediate(count);
    const paced = pace(
      Array(320).fill('a'),
      { tokensPerSecond: 0, firstTokenMs: 0 },
      new LeapingClock(),
      never,
    );
    for await (const _ of paced) continue;
    clearImmediate(counting);
    expect(turns).toBeGreaterThanOrEqual(9);
  });

  it('ends with the reason of an abort, between two tokens', async () => {
    const stop = new AbortController();
    const paced = pace(['a', 'b'], { tokensPerSecond: 1, firstTokenMs: 0 }, new LeapingClock(), stop.signal);
    await paced.next();
    stop.abort(new Error('stopped'));
    await expect(paced.next()).rejects.toThrow('stopped');
  });
});
