import type { ConversationSummary } from '../../client/api.js';

const LONGEST = 60;

/** The first words of a first message. */
export function titleFrom(text: string): string {
  const line = Array.from(text.trim().replaceAll(/\s+/g, ' '));
  if (line.length <= LONGEST) return line.join('');
  const cut = line.slice(0, LONGEST).join('');
  const end = cut.lastIndexOf(' ');
  return `${end > LONGEST / 2 ? cut.slice(0, end) : cut} …`;
}

export function titleOf({ title }: Pick<ConversationSummary, 'title'>): string {
  return title ?? 'Untitled conversation';
}
