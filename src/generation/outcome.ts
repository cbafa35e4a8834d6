import type { ErrorCode } from '../errors.js';

/** How a generation ended. */
export interface Outcome {
  readonly status: FinalStatus;
  /** Present for `incomplete` and `failed`. */
  readonly error?: OutcomeError;
  readonly model?: string;
  readonly usage?: Usage;
}

/**
 * `complete`, `stopped` by the user, `incomplete` (it failed and has part of its text), `failed` (no text).
 */
export type FinalStatus = 'complete' | 'stopped' | 'incomplete' | 'failed';

export interface OutcomeError {
  readonly code: ErrorCode;
  /** For people; never text of a prompt or an answer. */
  readonly message: string;
}

/** Tokens as the provider counted them. */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}
