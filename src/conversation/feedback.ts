import type { Feedback } from '../protocol/feedback.js';
import { found } from './conversations.js';

export interface FeedbackStore {
  /** Replaces what the user thought of the answer before. Undefined: no such answer that has ended. */
  rate(userId: string, id: string, messageId: string, feedback: Feedback): Promise<Feedback | undefined>;
  /** Undefined: no such answer. */
  unrate(userId: string, id: string, messageId: string): Promise<true | undefined>;
}

/** What a user thinks of the answers in the own conversations. */
export class AnswerFeedback {
  readonly #store: FeedbackStore;

  constructor(store: FeedbackStore) {
    this.#store = store;
  }

  /** @throws AppError `not_found` also for a message that is no answer, and one that has not ended. */
  async rate(userId: string, id: string, messageId: string, feedback: Feedback): Promise<Feedback> {
    return found(await this.#store.rate(userId, id, messageId, feedback));
  }

  /** @throws AppError `not_found` */
  async unrate(userId: string, id: string, messageId: string): Promise<void> {
    found(await this.#store.unrate(userId, id, messageId));
  }
}
