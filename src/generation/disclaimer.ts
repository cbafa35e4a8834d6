/** Ends every assistant message that has text (docs/protocol.md, "The disclaimer"). */
export const DISCLAIMER =
  '⚠️ **Medical Disclaimer**: This information is for educational purposes only and should not replace professional medical advice. Please consult with a healthcare provider for medical concerns.';

const ENDING = `\n\n${DISCLAIMER}`;

/** What to append so that `text` ends with a blank line and the disclaimer, once. Empty for no text. */
export function disclaimerFor(text: string): string {
  if (text === '') return '';
  if (text.endsWith(ENDING)) return '';
  return ENDING;
}

/** `content` as the model wrote it, for later prompts. */
export function withoutDisclaimer(content: string): string {
  return content.endsWith(ENDING) ? content.slice(0, -ENDING.length) : content;
}
