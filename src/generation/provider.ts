import type { ErrorCode } from '../protocol/error-codes.js';
import type { Usage } from '../protocol/message.js';

/** What produces text. */
export interface Provider {
  /** As in `LLM_PROVIDER`. */
  readonly name: string;
  /** The model's name, as messages bear it. */
  readonly model: string;
  /** All models that can be asked for, `model` among them, the default first. Absent: `model` alone. */
  readonly models?: readonly string[];
  /** The same provider, with one of its other models. */
  of?(model: string): Provider;
  /** What the model can do beside text. What cannot be known now is absent. Absent itself: text alone. Never rejects. */
  abilities?(signal: AbortSignal): Promise<Abilities>;
  /** Whether it can go on from a beginning of the answer (`Prompt.answer`). */
  readonly continues: boolean;
  /** How many answers it makes at once; a worker claims no more. Absent: any number. */
  readonly places?: number;
  /**
   * Streams an answer and returns when it has ended. Aborting `signal`, or closing the generator, ends the request at the
   * provider too.
   * @throws ProviderError when it cannot be reached, refuses, breaks off or says an error; ShortageError; the signal's
   * reason when it aborts.
   */
  generate(prompt: Prompt, signal: AbortSignal): AsyncGenerator<Delta, Finished>;
  /**
   * The longest prompt that the model takes, in tokens as `estimateTokens` counts them; room for the answer is already
   * taken off. Undefined when there is no limit, or it cannot be known now. Never throws.
   */
  promptTokens?(signal: AbortSignal): Promise<number | undefined>;
  /** Whether it answers at all, for health; false when `signal` aborts. Never throws. */
  reachable(signal: AbortSignal): Promise<boolean>;
}

export interface Abilities {
  readonly image?: boolean;
  readonly thinking?: boolean;
}

/** A piece of text, or a sign that tells what the provider does while there is none. */
export type Delta = string | Sign;

export interface Sign {
  /**
   * - `queued`: the request waits for a place at a busy model server. Only the limit of that wait runs.
   * - `loading`: the server loads the model, which may take minutes. Only the limit for the whole attempt runs.
   * - `asked`: the model has the request. From now on silence counts.
   * - `thinking`: the model writes text that is not for the reader.
   */
  readonly sign: 'queued' | 'loading' | 'asked' | 'thinking';
}

export interface Prompt {
  readonly system: string;
  /** Oldest first; the last one is the user's message to be answered. Without disclaimers. */
  readonly turns: readonly Turn[];
  /** The answer's beginning, to be continued; empty to start. */
  readonly answer: string;
  /** What the model reads before the last turn's text: passages of documents, as data. */
  readonly passages?: string;
}

export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly text: string;
  /** What the user sent beside the text, in its order. */
  readonly images?: readonly PromptImage[];
}

export interface PromptImage {
  readonly mediaType: string;
  readonly width?: number;
  readonly height?: number;
  readonly content: Buffer;
}

export interface Finished {
  readonly usage?: Usage;
  /** The model had more to say: its window, or a limit of its own, was full. */
  readonly cut?: boolean;
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

/**
 * The worker itself lacks what a request needs, such as file descriptors. That is no failure of the model: another worker
 * may well succeed.
 */
export class ShortageError extends Error {
  constructor(options?: ErrorOptions) {
    super('this worker has no resources left for a request to the model server', options);
    this.name = 'ShortageError';
  }
}
