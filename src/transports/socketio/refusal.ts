import { type AppError } from '../../kernel/errors.js';
import { isRetryable } from '../../protocol/error-codes.js';
import type { ErrorFrame } from '../../protocol/frames.js';

/** An `error` event that is no generation's, and may be no conversation's. */
export type Refusal = Omit<ErrorFrame, 'conversationId'> & Partial<Pick<ErrorFrame, 'conversationId'>>;

export function refusalOf({ code, message }: AppError, conversationId?: string): Refusal {
  return {
    type: 'error',
    ...(conversationId !== undefined && { conversationId }),
    error: message,
    code,
    retryable: isRetryable(code),
  };
}
