import type { Check, Context } from '../check.js';
import { type Finding, fail, ok, warn } from '../finding.js';

/** More than a `Date` header in whole seconds and a slow response can explain, in seconds. */
const NOTABLE_SECONDS = 5;
/** Tokens of another issuer are refused from about this difference on. */
const HARMFUL_SECONDS = 60;

/** Compares the server's clock with this machine's. */
export const clock: Check<Context> = {
  about: 'clock',
  async run({ gateway }) {
    const asked = Date.now();
    const { headers } = await gateway.ask('/health/live');
    const date = Date.parse(headers.date ?? '');
    if (Number.isNaN(date)) return [warn('clock', 'answers have no Date header', 'look at what strips it')];
    // The header is cut to seconds: half of one is missing on average.
    return [clockFinding('the Date header', (date + 500 - (asked + Date.now()) / 2) / 1000)];
  },
};

/** `seconds` by which a clock is ahead of this machine's. */
export function clockFinding(whose: string, seconds: number): Finding {
  const off = Math.abs(seconds);
  const finding = `${whose} is ${off.toFixed(1)} s ${seconds < 0 ? 'behind' : 'ahead of'} this machine's clock`;
  const advice =
    'let NTP set the clocks of gateways and issuer: a token is believed from its nbf to its exp, by their clocks';
  if (off > HARMFUL_SECONDS) return fail('clock', finding, advice);
  if (off > NOTABLE_SECONDS) return warn('clock', finding, advice);
  return ok('clock', `${whose} is within ${NOTABLE_SECONDS} s of this machine's clock`);
}
