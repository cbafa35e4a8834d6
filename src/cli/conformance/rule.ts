import type { Finding } from '../doctor/finding.js';
import { fail, ok, warn } from '../doctor/finding.js';
import { codeOf } from '../doctor/gateway.js';
import type { Subject } from './subject.js';

/** One promise of docs/protocol.md. */
export interface Rule {
  /** In one word. */
  readonly about: string;
  /** What the page promises. */
  readonly promise: string;
  /** What is not as promised; nothing when all is. `skipped` says why it could not be looked at. */
  check(subject: Subject): Promise<readonly string[] | { readonly skipped: string }>;
}

/** Looks at each rule, one after the other. Never throws. */
export async function* checkRules(rules: readonly Rule[], subject: Subject): AsyncGenerator<Finding, void> {
  for (const rule of rules) yield* await findingsOf(rule, subject);
}

async function findingsOf(rule: Rule, subject: Subject): Promise<Finding[]> {
  const { about, promise } = rule;
  try {
    const broken = await rule.check(subject);
    if ('skipped' in broken) return [warn(about, `not looked at: ${promise}`, broken.skipped)];
    if (broken.length === 0) return [ok(about, promise)];
    return broken.map((what) => fail(about, what, `docs/protocol.md: ${promise}`));
  } catch (error) {
    return [fail(about, `could not be looked at (${codeOf(error)})`, `docs/protocol.md: ${promise}`)];
  }
}

/** The texts whose condition does not hold. */
export function unless(...conditions: readonly (readonly [holds: boolean, otherwise: string])[]): string[] {
  return conditions.flatMap(([holds, otherwise]) => (holds ? [] : [otherwise]));
}
