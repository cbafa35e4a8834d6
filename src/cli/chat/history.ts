import type { View } from '../../client/index.js';

/** The messages of the view as text, oldest first. */
export function historyOf({ messages, hasEarlier }: View): string {
  const earlier = hasEarlier ? '… earlier messages are not shown\n\n' : '';
  const shown = messages.map(({ role, content, status }) => {
    const mark = status === 'complete' ? '' : ` [${status}]`;
    return role === 'user' ? `> ${content}${mark}\n` : `${content}${mark}\n\n`;
  });
  return earlier + shown.join('');
}
