import type { ReactNode } from 'react';
import type { Excerpt } from '../../client/index.js';

/** The signs of Markdown, which only disturb here. */
function readable(text: string): string {
  return text.replaceAll(/[*`#]/g, '').replaceAll(/[|\s]+(?:-+[|\s]+)*/g, ' ');
}

/** An excerpt with its marks. Phrases may overlap, so a mark begins no earlier than the one before it has ended. */
export function Marked({ excerpt: { text, marks } }: { readonly excerpt: Excerpt }) {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const mark of marks) {
    const start = Math.max(at, mark.start);
    if (start >= mark.end) continue;
    parts.push(readable(text.slice(at, start)), <mark key={start}>{text.slice(start, mark.end)}</mark>);
    at = mark.end;
  }
  return (
    <>
      {parts}
      {readable(text.slice(at))}
    </>
  );
}
