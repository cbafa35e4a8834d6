import { promptCost } from '../../generation/prompt.js';
import { type Finished, type Prompt, type Provider, ProviderError } from '../../generation/provider.js';
import type { Clock } from '../../kernel/clock.js';
import { cannedAnswer } from './canned.js';
import { markovAnswer } from './markov.js';
import { type Pacing, pace, tokenize } from './pace.js';

export type DevProviderName = 'canned' | 'echo' | 'markov';

export interface DevProviderOptions extends Pacing {
  readonly clock: Clock;
  /** Length of an answer of `markov`, in tokens; it ends with the sentence. 400 when not given. */
  readonly tokens?: number;
}

const MARKOV_TOKENS = 400;

/**
 * Answers without a model, for development and tests. The same question always has the same answer, so a
 * beginning is continued to exactly the text that it would have had.
 */
export class DevProvider implements Provider {
  readonly name: DevProviderName;
  readonly model: string;
  readonly continues = true;
  readonly #options: DevProviderOptions;

  constructor(name: DevProviderName, options: DevProviderOptions) {
    this.name = name;
    this.model = name;
    this.#options = options;
  }

  async *generate(prompt: Prompt, signal: AbortSignal): AsyncGenerator<string, Finished> {
    const tokens = tokenize(this.#rest(prompt));
    yield* pace(tokens, this.#options, this.#options.clock, signal);
    return { usage: { promptTokens: promptCost(prompt), completionTokens: tokens.length } };
  }

  async reachable(): Promise<boolean> {
    return true;
  }

  #rest({ turns, answer }: Prompt): string {
    const whole = this.#answer(turns.at(-1)?.text ?? '');
    // The answer was begun by another version of these texts: going on would join two halves that do not match.
    if (!whole.startsWith(answer))
      throw new ProviderError('llm_failed', 'the answer was begun by another model');
    return whole.slice(answer.length);
  }

  #answer(question: string): string {
    switch (this.name) {
      case 'canned':
        return cannedAnswer(question);
      case 'echo':
        return question;
      case 'markov':
        return markovAnswer(question, this.#options.tokens ?? MARKOV_TOKENS);
    }
  }
}
