import type { Alert } from '../../protocol/alert.js';
import { ERROR_STATUS } from '../../protocol/error-codes.js';
import type { Frame } from '../../protocol/frames.js';
import type { Message } from '../../protocol/message.js';
import type { Projection } from '../projection.js';
import { type CompletionUsage, completionUsage, endingOf, secondsOf } from './ending.js';
import { type OpenAiError, openAiError } from './errors.js';

type FinishReason = 'stop' | 'length';

/** An answer as a `chat.completion`. `message` has ended, and did not fail. */
export function chatCompletion(message: Message, model: string): object {
  const { usage } = message;
  return {
    ...headOf(message, model),
    ...alertOf(message),
    ...(message.sources && { sources: message.sources }),
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: message.content, refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: finishReasonOf(message),
      },
    ],
    ...(usage && { usage: completionUsage(usage) }),
  };
}

interface Delta {
  readonly role?: 'assistant';
  readonly content?: string;
}

interface Chunk {
  readonly id: string;
  readonly object: 'chat.completion.chunk';
  readonly created: number;
  readonly model: string;
  readonly choices: readonly {
    readonly index: 0;
    readonly delta: Delta;
    readonly logprobs: null;
    readonly finish_reason: FinishReason | null;
  }[];
  readonly usage?: CompletionUsage | null;
  readonly alert?: Alert;
}

export interface ChatCompletionStreamOptions {
  /** The answer as it was accepted. */
  readonly message: Message;
  readonly model: string;
  /** `stream_options.include_usage`: the counts come as a last chunk without choices. */
  readonly includeUsage: boolean;
}

/** One answer as the chunks of a streamed chat completion. */
export class ChatCompletionStream implements Projection {
  readonly #options: ChatCompletionStreamOptions;
  #hasText = false;
  #failed = false;

  constructor(options: ChatCompletionStreamOptions) {
    this.#options = options;
  }

  opening(): readonly Chunk[] {
    return [{ ...this.#chunk({ role: 'assistant', content: '' }), ...alertOf(this.#options.message) }];
  }

  take(frame: Frame): readonly (Chunk | { error: OpenAiError })[] | 'break' {
    if (this.#failed) return [];
    if ('messageId' in frame && frame.messageId !== this.#options.message.id) return [];
    switch (frame.type) {
      case 'chunk':
        this.#hasText = true;
        return [this.#chunk({ content: frame.data })];
      case 'reset':
        // What was said cannot be taken back here, and the client cannot resume: it must not take both texts for the answer.
        return this.#hasText ? this.#fail('llm_failed', 'the answer was begun anew') : [];
      case 'done':
        return this.#end(frame.message);
      case 'error':
        if (frame.message && endingOf(frame.message) === 'cut') return this.#end(frame.message);
        return this.#fail(frame.code, frame.error);
      case 'accepted':
      case 'receipt':
      case 'ready':
      case 'stopping':
      case 'thinking':
      case 'waiting':
      case 'transcript':
      case 'alert':
      case 'sources':
      case 'pong':
        return [];
    }
  }

  closing(): readonly string[] {
    return this.#failed ? [] : ['[DONE]'];
  }

  #end(message: Message): readonly Chunk[] {
    const last = this.#chunk({}, finishReasonOf(message));
    if (!this.#options.includeUsage) return [last];
    const usage = message.usage ? completionUsage(message.usage) : null;
    return [last, { ...last, choices: [], usage }];
  }

  #fail(code: keyof typeof ERROR_STATUS, message: string): readonly { error: OpenAiError }[] {
    this.#failed = true;
    return [{ error: openAiError({ code, status: ERROR_STATUS[code], message, param: undefined }) }];
  }

  #chunk(delta: Delta, finish_reason: FinishReason | null = null): Chunk {
    const { message, model, includeUsage } = this.#options;
    return {
      ...headOf(message, model),
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
      ...(includeUsage && { usage: null }),
    };
  }
}

/** A field of our own: clients let pass what they do not know. */
function alertOf({ alert }: Message): { alert?: Alert } {
  return alert ? { alert } : {};
}

function headOf({ id, createdAt }: Message, model: string) {
  return { id: `chatcmpl-${id}`, created: secondsOf(createdAt), model };
}

function finishReasonOf(message: Message): FinishReason {
  return endingOf(message) === 'cut' ? 'length' : 'stop';
}
