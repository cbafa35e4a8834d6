/** How the server ends every answer that has text (docs/protocol.md, "The disclaimer"). */
const DISCLAIMER = /\n\n(⚠️ \*\*Medical Disclaimer\*\*: [^\n]*)$/;

/** Splits an answer into its own text and the disclaimer at its end. A blank line stands between the two. */
export function withoutDisclaimer(content: string): {
  readonly text: string;
  readonly disclaimer: string | null;
} {
  const found = DISCLAIMER.exec(content);
  return { text: found ? content.slice(0, found.index) : content, disclaimer: found?.[1] ?? null };
}
