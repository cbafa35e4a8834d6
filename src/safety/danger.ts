import type { Alert } from '../protocol/alert.js';
import { CueMap } from './cue-map.js';
import type { DangerRule, DangerRules } from './danger-rules.js';
import { parsePhrase } from './phrase.js';
import { PhraseIndex } from './phrase-index.js';
import { wordsOf } from './words.js';

/** The danger in what a user wrote; undefined when no rule finds any. The same text always gives the same. */
export type FindDanger = (text: string, onCompare?: () => void) => Alert | undefined;

interface RulePhrase {
  readonly alert: Alert;
  /** The lower, the more urgent. */
  readonly rank: number;
  /** Cues may take it back. */
  readonly takenBack: boolean;
}

/** Before every warning. */
const RANK_OF_WARNINGS = 1000;

/**
 * Compiles rules. Of several dangers in a text the most urgent counts: emergencies come before warnings, then the order of the
 * rules in their file counts.
 * @throws Error for a phrase that cannot be read
 */
export function dangerFinder(files: readonly DangerRules[]): FindDanger {
  // "I want, but not really, to die": a gap does not step over a negation.
  const index = new PhraseIndex(files.flatMap(phrasesOf), negations(files));
  const cues = new CueMap(files);
  return (text, onCompare) => {
    const words = wordsOf(text);
    let worst: RulePhrase | undefined;
    let takesBack: ReturnType<CueMap['of']> | undefined;
    for (const { value, start, end } of index.find(words, onCompare)) {
      if (worst && worst.rank <= value.rank) continue;
      // Most texts have no danger, and need no look at cues.
      takesBack ??= cues.of(words, onCompare);
      if (value.takenBack && takesBack(start, end)) continue;
      worst = value;
    }
    return worst?.alert;
  };
}

/** The cues of one word. */
function negations(files: readonly DangerRules[]): ReadonlySet<string> {
  const cues = files.flatMap(({ cues: { before, after } }) => [...before, ...after].map(parsePhrase));
  return new Set(cues.flatMap((cue) => (cue.length === 1 ? [...cue[0].words] : [])));
}

function phrasesOf({
  resources,
  rules,
}: DangerRules): { phrase: ReturnType<typeof parsePhrase>; value: RulePhrase }[] {
  return rules.flatMap((rule, place) => {
    const alert = alertOf(rule, resources);
    const rank = place + (rule.severity === 'warning' ? RANK_OF_WARNINGS : 0);
    const entries = (phrases: readonly string[], takenBack: boolean) =>
      phrases.map((phrase) => ({ phrase: parsePhrase(phrase), value: { alert, rank, takenBack } }));
    return [...entries(rule.phrases, true), ...entries(rule.always ?? [], false)];
  });
}

function alertOf(rule: DangerRule, groups: DangerRules['resources']): Alert {
  const { id, version, severity, text } = rule;
  const resources = rule.resources.flatMap((name) => groups[name] ?? []);
  return { rule: `${id}@${version}`, severity, text, resources };
}
