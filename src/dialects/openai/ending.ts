import type { Message, Usage } from '../../protocol/message.js';

/** How an answer ended, as these protocols tell it. */
export type AnswerEnding = 'running' | 'complete' | 'cancelled' | 'cut' | 'failed';

/** `cut`: the model had more to say than its limit allows. Then it has counted its tokens, which one that failed has not. */
export function endingOf({ status, usage }: Message): AnswerEnding {
  switch (status) {
    case 'queued':
    case 'streaming':
      return 'running';
    case 'complete':
      return 'complete';
    case 'stopped':
      return 'cancelled';
    case 'incomplete':
      return usage ? 'cut' : 'failed';
    case 'failed':
      return 'failed';
  }
}

/** Tokens as the provider counted them, as Chat Completions tell them. */
export interface CompletionUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

export function completionUsage(usage: Usage): CompletionUsage {
  const { promptTokens, completionTokens } = usage;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

/** Seconds since 1970, as these protocols tell times. */
export function secondsOf(time: string): number {
  return Math.floor(Date.parse(time) / 1000);
}
