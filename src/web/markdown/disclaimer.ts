/** How the server ends every answer that has text (docs/protocol.md, "The disclaimer"). */
const DISCLAIMER = /\n\n(⚠️ \*\*Medical Disclaimer\*\*: [^\n]*)$/;

/** An answer's own text, and the disclaimer at its end. Together, with a blank line, they are the answer. */
export function withoutDisclaimer(content: string): {
  readonly text: string;
  readonly disclaimer: string | null;
} {
  const found = DISCLAIMER.exec(content);
  return { text: found ? content.slice(0, found.index) : content, disclaimer: found?.[1] ?? null };
}
