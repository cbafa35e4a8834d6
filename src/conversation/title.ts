/** Characters (code points). */
const LONGEST = 60;

/** A conversation's title: the first words of its first message, on one line. `null` for a message of white space alone. */
export function titleFrom(text: string): string | null {
  const line = Array.from(text.trim().replaceAll(/\s+/g, ' '));
  if (line.length <= LONGEST) return line.join('') || null;
  const cut = line.slice(0, LONGEST).join('');
  const end = cut.lastIndexOf(' ');
  return `${end > LONGEST / 2 ? cut.slice(0, end) : cut} …`;
}
