/** Ends every assistant message that has text, unless the operator has one of their own (docs/protocol.md, "The disclaimer"). */
export const DISCLAIMER =
  '⚠️ **Medical Disclaimer**: This information is for educational purposes only and should not replace professional medical advice. Please consult with a healthcare provider for medical concerns.';

export interface Disclaimers {
  /** The one that answers end with now. */
  readonly current: string;
  /** All that answers of this deployment end with, the current one among them: none is part of a later prompt. */
  readonly known: readonly string[];
}

export const BLANK_LINE = '\n\n';

/**
 * What to append so that `text` ends with a blank line and the disclaimer, once. Empty for a text that is blank, or that
 * has the disclaimer already, be it with white space after it.
 */
export function disclaimerFor(text: string, disclaimer = DISCLAIMER): string {
  const written = text.trimEnd();
  const ending = BLANK_LINE + disclaimer;
  if (written === '' || written.endsWith(ending) || written.trimStart() === disclaimer) return '';
  return ending;
}

/** `content` as the model wrote it, for later prompts. */
export function withoutDisclaimer(content: string, known: readonly string[] = [DISCLAIMER]): string {
  const endings = known
    .map((disclaimer) => BLANK_LINE + disclaimer)
    .filter((ending) => content.endsWith(ending));
  // The longest, since one may end with another.
  return content.slice(0, content.length - Math.max(0, ...endings.map(({ length }) => length)));
}
