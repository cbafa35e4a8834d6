/**
 * Publish and subscribe for hints that something has changed. A notification carries no data. It may be lost, doubled or
 * merged with others, so correctness must never depend on one: subscribers also poll now and then.
 */
export interface Notifier {
  /** Best effort: returns at once and never throws. */
  notify(topic: Topic): void;
  /**
   * Resolves when the subscription is active. After a lost connection every subscriber is notified once, since
   * notifications may have been missed.
   */
  subscribe(topic: Topic, onNotify: () => void): Promise<Unsubscribe>;
}

export type Unsubscribe = () => void;

/** Every worker and gateway subscribes to `stops` and `sessions`. */
export type Topic = `conversation:${string}` | `progress:${string}` | `user:${string}` | 'stops' | 'sessions';

/**
 * Notified when a message of the conversation is accepted or a stop is asked for, when an answer ended whose log cannot say
 * so, and when the conversation is deleted: whoever follows it must look at the rows.
 */
export function conversationTopic(conversationId: string): Topic {
  return `conversation:${conversationId}`;
}

/** Notified when a generation of the conversation is claimed, and when it has ended. */
export function progressTopic(conversationId: string): Topic {
  return `progress:${conversationId}`;
}

/** Notified when a message is accepted in any conversation of the user. */
export function userTopic(userId: string): Topic {
  return `user:${userId}`;
}
