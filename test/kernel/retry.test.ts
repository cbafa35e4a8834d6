import { setImmediate as turn } from 'node:timers/promises';
import type { Logger } from '../../src/kernel/logger.js';
import { retry } from '../../src/kernel/retry.js';
import { ManualClock } from '../doubles/manual-clock.js';

function setUp() {
  const lines: unknown[] = [];
  const say = (event: string, fields?: object): void => void lines.push([event, fields]);
  const logger: Logger = { debug: say, info: say, warn: say, error: say };
  const clock = new ManualClock();
  return { lines, clock, options: { clock, logger, event: 'row not written', messageId: 'm' } };
}

test('while a server is down it tries for as long as that lasts, and says so once', async () => {
  const { lines, clock, options } = setUp();
  const down = Object.assign(new Error('down'), { code: 'ECONNREFUSED' });
  const failures = Array.from({ length: 100 }, () => down);
  const done = retry(options, async () => {
    const failure = failures.pop();
    if (failure) throw failure;
    return 'written';
  });
  while (failures.length > 0) {
    await turn();
    clock.advance(2000);
  }
  expect(await done).toBe('written');
  expect(lines).toEqual([['row not written', { messageId: 'm', error: down }]]);
});

test('what can never succeed ends', async () => {
  const { lines, clock, options } = setUp();
  const violated = Object.assign(new Error('violates check constraint'), { code: '23514' });
  let tries = 0;
  const done = expect(
    retry(options, async () => {
      tries++;
      throw violated;
    }),
  ).rejects.toBe(violated);
  for (let time = 0; time < 5; time++) {
    await turn();
    clock.advance(2000);
  }
  await done;
  expect(tries).toBe(5);
  expect(lines).toHaveLength(1);
});

test('the last error is thrown when the signal aborts', async () => {
  const { options } = setUp();
  const down = Object.assign(new Error('down'), { code: '25006' });
  const given = new AbortController();
  const done = retry({ ...options, signal: given.signal }, () => Promise.reject(down));
  given.abort();
  await expect(done).rejects.toBe(down);
});
