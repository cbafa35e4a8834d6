import type { Frame } from '../protocol/frames.js';

/** Tells the frames of one answer from those of others in its conversation. */
export class AnswerFrames {
  readonly #messageId: string;
  #questionId: string | undefined;

  /** @param messageId the answer's */
  constructor(messageId: string) {
    this.#messageId = messageId;
  }

  /** Of frames in their order. A transcript bears the id of the user's message, which the `accepted` frame before it has, too. */
  include(frame: Frame): boolean {
    if (frame.type === 'transcript') return frame.messageId === this.#questionId;
    if ('messageId' in frame && frame.messageId !== this.#messageId) return false;
    if (frame.type === 'accepted') this.#questionId = frame.userMessage.id;
    return true;
  }
}
