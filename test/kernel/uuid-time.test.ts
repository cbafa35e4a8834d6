import { uuidv7 } from 'uuidv7';
import { uuidTime } from '../../src/kernel/uuid-time.js';

test('an id of version 7 says when it was made', () => {
  // The example of RFC 9562, A.6.
  expect(uuidTime('017F22E2-79B0-7CC3-98C4-DC0C0C07398F')).toBe(Date.UTC(2022, 1, 22, 19, 22, 22));
  const before = Date.now();
  const made = uuidTime(uuidv7()) ?? 0;
  expect(made).toBeGreaterThanOrEqual(before);
  expect(made).toBeLessThan(before + 60_000);
});

test('an id of another version says nothing', () => {
  expect(uuidTime('919108f7-52d1-4320-9bac-f847db4148a8')).toBeUndefined();
});
