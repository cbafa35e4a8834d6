import { FailedLogins } from '../../src/account/failed-logins.js';
import { ManualClock } from '../doubles/manual-clock.js';

const MINUTE = 60_000;

function failTimes(failures: FailedLogins, times: number, email: (n: number) => string, address: string) {
  for (let n = 0; n < times; n += 1) {
    failures.refuse(email(n), address);
    failures.count(email(n), address);
  }
}

describe('failed logins', () => {
  it('are refused after ten for one email, wherever they come from', () => {
    const failures = new FailedLogins(new ManualClock());
    failTimes(failures, 10, () => 'a@b', 'here');
    expect(() => failures.refuse('a@b', 'elsewhere')).toThrow(
      expect.objectContaining({ code: 'rate_limited' }),
    );
    failures.refuse('c@d', 'here');
  });

  it('are refused after a thousand from one address, whatever the email', () => {
    const failures = new FailedLogins(new ManualClock());
    failTimes(failures, 1_000, (n) => `${n}@b`, 'here');
    expect(() => failures.refuse('a@b', 'here')).toThrow(expect.objectContaining({ code: 'rate_limited' }));
    failures.refuse('a@b', 'elsewhere');
  });

  it('are forgiven a quarter of an hour after the first, and say how long that is', () => {
    const clock = new ManualClock();
    const failures = new FailedLogins(clock);
    failTimes(failures, 10, () => 'a@b', 'here');
    clock.advance(14 * MINUTE);
    expect(() => failures.refuse('a@b', 'here')).toThrow(expect.objectContaining({ retryAfter: 60 }));
    clock.advance(MINUTE);
    failures.refuse('a@b', 'here');
  });

  it('take bounded memory: the oldest are forgotten first', () => {
    const failures = new FailedLogins(new ManualClock());
    failTimes(failures, 10, () => 'old@b', 'here');
    for (let n = 0; n < 100_000; n += 1) failures.count(`${n}@b`, `address ${n}`);
    failures.refuse('old@b', 'here');
  });
});
