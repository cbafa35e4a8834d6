import type { AlertResource, AlertSeverity } from '../protocol/alert.js';

/** The rules of one language: one file of src/safety/rules/. Phrases are written as `parsePhrase` reads them. */
export interface DangerRules {
  /** BCP 47, `en` for example. */
  readonly locale: string;
  readonly cues: Cues;
  /** Groups of helpers by name, which rules refer to. */
  readonly resources: Readonly<Record<string, readonly AlertResource[]>>;
  readonly rules: readonly DangerRule[];
}

/**
 * Words that take a danger back: negations, and what tells of the past or asks in general. After NegEx and ConText (Chapman
 * and others, 2001 and 2007): a cue works on the next few words of its clause.
 */
export interface Cues {
  /** They work on what follows: `no`, `symptoms of`. */
  readonly before: readonly string[];
  /** They work on what precedes: German `nicht`, Hindi `नहीं`. */
  readonly after: readonly string[];
  /** They look like a cue and are none: `don't know` in "I don't know why I have chest pain". */
  readonly not: readonly string[];
}

export interface DangerRule {
  readonly id: string;
  /** Raised with every change of what the rule finds or says. */
  readonly version: number;
  readonly severity: AlertSeverity;
  readonly text: string;
  /** Names of groups, in the order in which they are shown. */
  readonly resources: readonly string[];
  readonly phrases: readonly string[];
  /** A cue does not take these back: `want to die` after `I do not know what to do, I`. */
  readonly always?: readonly string[] | undefined;
}
