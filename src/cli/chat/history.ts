import type { View } from '../../client/index.js';

/** The messages of the view as text, oldest first. */
export function historyOf({ messages, hasEarlier }: View): string {
  const earlier = hasEarlier ? '… earlier messages are not shown\n\n' : '';
  const shown = messages.map(({ role, content, status, attachments }) => {
    const mark = status === 'complete' ? '' : ` [${status}]`;
    const files = attachments
      .map(({ kind }) => ` [${kind === 'image' ? 'picture' : 'voice message'}]`)
      .join('');
    return role === 'user' ? `> ${content}${files}${mark}\n` : `${content}${mark}\n\n`;
  });
  return earlier + shown.join('');
}
