/**
 * "There is more": a hint, never a message. Rings may be lost or doubled, and correctness never rests on one.
 * Several rings at once may arrive as one.
 */
export interface Notifier {
  /** Best effort: returns at once and never throws. */
  notify(topic: Topic): void;
  /**
   * Resolves when later rings can be heard. After a lost connection every listener is rung once, since a ring may have
   * been missed.
   */
  subscribe(topic: Topic, onNotify: () => void): Promise<Unsubscribe>;
}

export type Unsubscribe = () => void;

/** `stops` and `sessions` are heard by every worker and gateway. */
export type Topic = `conversation:${string}` | 'stops' | 'sessions';

/** Rung when a generation of the conversation is accepted, claimed or ended, and when the conversation is deleted. */
export function conversationTopic(conversationId: string): Topic {
  return `conversation:${conversationId}`;
}
