import type { Violation } from './checks.js';
import { lineOf as faultLine } from './injector.js';
import type { Failure, Played } from './play.js';
import { lineOf } from './transcript.js';

/** How much of a transcript is printed before what is wrong in it, and after. */
const BEFORE = 40;
const AFTER = 5;

/** Whether nothing was wrong. */
export function isWell({ failures, wrong }: Played): boolean {
  return failures.length === 0 && wrong.length === 0;
}

/** The figures, a line each. */
export function figuresOf(played: Played): string[] {
  const { recoveries, talks, answers, resets, failures, wrong, seed, executed } = played;
  const times = recoveries.times.toSorted((a, b) => a - b);
  const at = (part: number): string => `${Math.round(times[Math.ceil(times.length * part) - 1] ?? 0)} ms`;
  const violations = failures.flatMap(({ violations }) => violations).length;
  return [
    `seed ${seed}: ${executed.filter(({ skipped }) => !skipped).length} faults, ${recoveries.kills} of them kills of workers`,
    `${talks} conversations, ${answers} answers ended, ${resets} resets told`,
    `${violations} violations, ${wrong.length} other things wrong`,
    `from a worker's kill to the next text, ${times.length} answers: p50 ${at(0.5)}, p95 ${at(0.95)}, max ${at(1)}`,
  ];
}

/** Requests that failed, by route and error: most are 503, because a part was away. */
function kindsOf(failedRequests: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of failedRequests) {
    const { method, route, error } = JSON.parse(line) as { method: string; route: string; error: object };
    const kind = `${method} ${route}: ${JSON.stringify(error)}`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => `failed ${count} times: ${kind}`);
}

/** Everything about what went wrong: the plan as it was carried out, and the transcripts. */
export function accountOf(played: Played): string[] {
  if (isWell(played)) return [];
  return [
    `seed ${played.seed}, as carried out:`,
    ...played.executed.map(faultLine),
    ...played.wrong,
    ...kindsOf(played.failedRequests),
    ...played.failures.flatMap(accountOfOne),
  ];
}

function accountOfOne({ talk, violations }: Failure): string[] {
  return [
    `conversation ${talk.number}${talk.rowsLeft === undefined ? '' : ', deleted'}:`,
    ...talk.requests.map(
      ({ key, messageId, stopped }) => `  ${key} is ${messageId}${stopped ? ', stopped' : ''}`,
    ),
    ...talk.rows.map(
      ({ key, status, attempts, content, error }) =>
        `  row ${key}: ${status} ${error ?? ''} after ${attempts} attempts, ${Buffer.byteLength(content)} bytes`,
    ),
    ...violations.flatMap((violation) => [
      `  ${violation.invariant} ${violation.client ?? ''} ${violation.how}`,
      ...excerpt(talk, violation),
    ]),
  ];
}

/** What the client was told around the moment. */
function excerpt({ transcripts }: Failure['talk'], { client, told }: Violation): string[] {
  const all = transcripts.find((transcript) => transcript.client === client)?.told;
  if (!all) return [];
  const index = told ? all.indexOf(told) : all.length;
  return all
    .slice(Math.max(index - BEFORE, 0), index + AFTER)
    .map((one) => `    ${one === told ? '>' : ' '}${lineOf(one)}`);
}
