/** How the server ends every answer that has text, unless the operator has a text of their own (docs/protocol.md, "The disclaimer"). */
const DEFAULT = /\n\n(⚠️ \*\*Medical Disclaimer\*\*: [^\n]*)$/;

/**
 * Splits an answer into its own text and the disclaimer at its end. A blank line stands between the two.
 *
 * @param own the operator's, those of the past among them
 */
export function withoutDisclaimer(
  content: string,
  own: readonly string[] = [],
): {
  readonly text: string;
  readonly disclaimer: string | null;
} {
  // The longest, since one may end with another.
  const [longest] = own
    .filter((disclaimer) => content.endsWith(`\n\n${disclaimer}`))
    .toSorted((one, other) => other.length - one.length);
  const disclaimer = longest ?? DEFAULT.exec(content)?.[1];
  if (disclaimer === undefined) return { text: content, disclaimer: null };
  return { text: content.slice(0, -disclaimer.length - 2), disclaimer };
}
