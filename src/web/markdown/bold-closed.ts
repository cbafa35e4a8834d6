/**
 * Text that is being written, with the bold words at its end closed: their asterisks would be seen until the closing ones come.
 * Left alone in code, where asterisks mean themselves.
 */
export function withBoldClosed(text: string): string {
  if (isInCode(text)) return text;
  const begins = text.lastIndexOf('\n') + 1;
  const line = text.slice(begins).replace(/\*+$/, '');
  const marks = line.match(/\*\*/g)?.length ?? 0;
  return text.slice(0, begins) + (marks % 2 === 0 ? line : `${line.trimEnd()}**`);
}

function isInCode(text: string): boolean {
  const fences = text.match(/^ {0,3}(?:```|~~~)/gm)?.length ?? 0;
  return fences % 2 === 1;
}
