import { type Block, BlockCutter } from './blocks.js';
import type { Element, Node, Tag } from './tree.js';

/** These stand within a line, or only hold what has lines of its own. All others stand on a line of their own. */
const WITHOUT_LINE: readonly Tag[] = ['a', 'code', 'em', 's', 'strong', 'tbody', 'thead'];

/** What a screen reader is told of Markdown: the words, numbers and signs that are shown, and nothing of the marks. */
export function spokenText(markdown: string): string {
  return blocksOf(markdown)
    .map(({ nodes }) => linesOf(nodes))
    .join('\n')
    .replaceAll(/\n{2,}/g, '\n')
    .trim();
}

function blocksOf(markdown: string): readonly Pick<Block, 'nodes'>[] {
  try {
    return new BlockCutter().cut(markdown, false);
  } catch {
    // The page shows this text as it is, and has written the failure to the console (ErrorBoundary).
    return [{ nodes: [markdown] }];
  }
}

function linesOf(nodes: readonly Node[]): string {
  return nodes.map((node) => (typeof node === 'string' ? node : ofElement(node))).join('');
}

function ofElement({ tag, attributes, children }: Element): string {
  const words = linesOf(children);
  if (tag === 'td' || tag === 'th') return `${words}, `;
  if (tag === 'tr') return `\n${words.replace(/, $/, '')}\n`;
  if (tag === 'li' && attributes.value !== undefined)
    return `\n${attributes.value}${attributes.delimiter ?? '.'} ${words}\n`;
  return WITHOUT_LINE.includes(tag) ? words : `\n${words}\n`;
}
