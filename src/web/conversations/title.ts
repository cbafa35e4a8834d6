import type { ConversationSummary } from '../../client/api.js';

/** The server makes a title of the first message, if the conversation has none (docs/protocol.md, "REST"). */
export function titleOf({ title }: Pick<ConversationSummary, 'title'>): string {
  return title ?? 'New conversation';
}
