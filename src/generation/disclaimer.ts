/** Ends every assistant message that has text (docs/protocol.md, "The disclaimer"). */
export const DISCLAIMER =
  '⚠️ **Medical Disclaimer**: This information is for educational purposes only and should not replace professional medical advice. Please consult with a healthcare provider for medical concerns.';

/** The disclaimer after a blank line, as messages end. */
export const ENDING = `\n\n${DISCLAIMER}`;

/**
 * What to append so that `text` ends with a blank line and the disclaimer, once. Empty for a text that is blank, or that
 * has the disclaimer already, be it with white space after it.
 */
export function disclaimerFor(text: string): string {
  const written = text.trimEnd();
  if (written === '' || written.endsWith(ENDING) || written.trimStart() === DISCLAIMER) return '';
  return ENDING;
}

/** `content` as the model wrote it, for later prompts. */
export function withoutDisclaimer(content: string): string {
  return content.endsWith(ENDING) ? content.slice(0, -ENDING.length) : content;
}
