import type { GenerationRef } from '../../generation/generation-log.js';
import { conversationTopic, type Topic } from '../../kernel/notifier.js';

/** Text and hash of a log. The braces put all of a conversation on one node of a cluster, so that one script reaches both. */
export function keysOf({ conversationId, messageId }: GenerationRef): [text: string, log: string] {
  const log = `veda:{${conversationId}}:${messageId}`;
  return [`${log}:text`, `${log}:log`];
}

const CONVERSATION = 'conversation:';

/** The channel of a topic. A conversation's carries its notifier and the appends of its logs. */
export function channelOf(topic: Topic): string {
  if (topic.startsWith(CONVERSATION)) return `veda:{${topic.slice(CONVERSATION.length)}}:bell`;
  return `veda:${topic}`;
}

/** How a step rings for a log: over which channel, and with what. */
export function notificationOf({
  conversationId,
  messageId,
}: GenerationRef): [channel: string, payload: string] {
  return [channelOf(conversationTopic(conversationId)), messageId];
}
