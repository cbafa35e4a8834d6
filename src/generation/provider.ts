import type { ErrorCode } from '../protocol/error-codes.js';
import type { Usage } from '../protocol/message.js';

/** What produces text. */
export interface Provider {
  /** As in `LLM_PROVIDER`. */
  readonly name: string;
  /** The model's name, as messages bear it. */
  readonly model: string;
  /** Whether it can go on from a beginning of the answer (`Prompt.answer`). */
  readonly continues: boolean;
  /**
   * Streams an answer and returns when it is whole. An empty delta is a sign of life without text: the model thinks.
   * Aborting `signal` ends the request at the provider too.
   * @throws ProviderError when it cannot be reached, refuses, breaks off or says an error; the signal's reason when it
   * aborts.
   */
  generate(prompt: Prompt, signal: AbortSignal): AsyncGenerator<string, Finished>;
  /** Whether it answers at all, for health; false when `signal` aborts. Never throws. */
  reachable(signal: AbortSignal): Promise<boolean>;
}

export interface Prompt {
  readonly system: string;
  /** Oldest first; the last one is the user's message to be answered. Without disclaimers. */
  readonly turns: readonly Turn[];
  /** The answer's beginning, to be continued; empty to start. */
  readonly answer: string;
}

export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly text: string;
}

export interface Finished {
  readonly usage?: Usage;
}

/** A provider's failure. `message` says what went wrong, without text of prompt or answer. */
export class ProviderError extends Error {
  readonly code: Extract<ErrorCode, 'llm_unavailable' | 'llm_failed' | 'llm_timeout'>;

  constructor(code: ProviderError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ProviderError';
    this.code = code;
  }
}
