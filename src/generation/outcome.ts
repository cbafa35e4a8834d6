import type { ErrorCode } from '../protocol/error-codes.js';
import type { FinalStatus, Usage } from '../protocol/message.js';

/** How a generation ended. */
export interface Outcome {
  readonly status: FinalStatus;
  /** Present for `incomplete` and `failed`. */
  readonly error?: OutcomeError;
  readonly model?: string;
  readonly usage?: Usage;
}

export interface OutcomeError {
  readonly code: ErrorCode;
  /** A text for people. Never contains text of a prompt or an answer. */
  readonly message: string;
}
