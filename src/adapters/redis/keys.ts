import type { GenerationRef } from '../../generation/generation-log.js';
import { conversationTopic, type Topic } from '../../kernel/notifier.js';

/**
 * The keys of a log: its text and its hash. The braces (hash tag) keep a conversation on one cluster node, so one script reaches both.
 *
 * An encrypted log has other keys than a plain one, so no process confuses them while encryption is being switched on. A
 * reader that wants an encrypted log treats a plain one as lost.
 */
export function keysOf(ref: GenerationRef, sealed = false): [text: string, log: string] {
  const log = `veda:{${ref.conversationId}}:${payloadOfLog(ref, sealed)}`;
  return [`${log}:text`, `${log}:log`];
}

/** The pub/sub channel of a topic. A conversation's channel carries its notifications and the appends to its logs. */
export function channelOf(topic: Topic): string {
  const [kind, id] = topic.split(':');
  if (id === undefined) return `veda:${kind}`;
  return kind === 'user' ? `veda:{${id}}:messages` : `veda:{${id}}:events`;
}

/** What a notification of the topic carries, to tell it from others on its channel. */
export function payloadOf(topic: Topic): string {
  return topic.startsWith('progress:') ? 'progress' : '';
}

/** The channel and payload with which a script notifies the readers of a log. */
export function notificationOf(ref: GenerationRef, sealed = false): [channel: string, payload: string] {
  return [channelOf(conversationTopic(ref.conversationId)), payloadOfLog(ref, sealed)];
}

function payloadOfLog({ messageId }: GenerationRef, sealed: boolean): string {
  return sealed ? `${messageId}:sealed` : messageId;
}
