import type { Loss } from './answer-writer.js';
import type { Outcome } from './outcome.js';
import { type Finished, ProviderError } from './provider.js';

/** Why a running generation is interrupted from outside. */
export type Interruption = 'stop' | 'drain' | Loss;

/** How the writing of an answer came to its end. */
export type Ending =
  | { kind: 'whole'; finished: Finished; omitted: number }
  | { kind: 'failed'; error: ProviderError }
  | { kind: 'interrupted'; by: Interruption | 'shortage' };

/** What a person is told when an answer was given up. */
export const UNFINISHED = 'the answer could not be finished';

export function failed(message: string): Extract<Ending, { kind: 'failed' }> {
  return { kind: 'failed', error: new ProviderError('llm_failed', message) };
}

/** What the final row says of an answer with this text. */
export function outcomeOf(ending: Ending, text: string, model: string): Outcome {
  if (ending.kind === 'interrupted') return { status: 'stopped', model };
  const written = text.trim() !== '';
  const usage = ending.kind === 'whole' ? usageOf(ending) : {};
  if (ending.kind === 'whole' && written && !ending.finished.cut)
    return { status: 'complete', model, ...usage };
  const { code, message } = failureOf(ending);
  return { status: written ? 'incomplete' : 'failed', model, ...usage, error: { code, message } };
}

function failureOf(ending: Exclude<Ending, { kind: 'interrupted' }>): ProviderError {
  if (ending.kind === 'failed') return ending.error;
  const why = ending.finished.cut
    ? 'the answer reached the length that the model allows and was cut'
    : 'the model gave no text';
  return new ProviderError('llm_failed', why);
}

function usageOf({ finished, omitted }: Extract<Ending, { kind: 'whole' }>): Pick<Outcome, 'usage'> {
  if (!finished.usage) return {};
  return { usage: { ...finished.usage, ...(omitted > 0 && { omittedMessages: omitted }) } };
}
