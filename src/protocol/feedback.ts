export const FEEDBACK_REASONS = ['wrong', 'harmful', 'unclear', 'incomplete', 'other'] as const;
export type FeedbackReason = (typeof FEEDBACK_REASONS)[number];

/** What the user thinks of an answer (docs/protocol.md, "Feedback"). */
export interface Feedback {
  readonly rating: 'up' | 'down';
  readonly reason?: FeedbackReason;
  readonly comment?: string;
}
