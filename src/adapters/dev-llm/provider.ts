import { promptCost } from '../../generation/prompt.js';
import {
  type Abilities,
  type Finished,
  type Prompt,
  type PromptImage,
  type Provider,
  ProviderError,
  type Turn,
} from '../../generation/provider.js';
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

  async abilities(): Promise<Abilities> {
    return { image: true, thinking: false };
  }

  #rest({ turns, answer }: Prompt): string {
    const whole = this.#answer(turns.at(-1));
    // The answer was begun by another version of these texts: going on would join two halves that do not match.
    if (!whole.startsWith(answer))
      throw new ProviderError('llm_failed', 'the answer was begun by another model');
    return whole.slice(answer.length);
  }

  #answer(turn: Turn | undefined): string {
    const { text = '', images = [] } = turn ?? {};
    const seen = describeImages(images);
    switch (this.name) {
      case 'canned':
        return joined(seen, cannedAnswer(text));
      case 'echo':
        // What comes back is known beforehand.
        return text || seen;
      case 'markov':
        return joined(seen, markovAnswer(text, this.#options.tokens ?? MARKOV_TOKENS));
    }
  }
}

/** Says what was given, so that images can be tried without a model. */
function describeImages(images: readonly PromptImage[]): string {
  return images
    .map(({ mediaType, width, height, content }) => {
      const size = width && height ? ` of ${width} × ${height} pixels` : '';
      return `I was given an image (${mediaType})${size}, ${content.length} bytes.`;
    })
    .join('\n');
}

function joined(seen: string, answer: string): string {
  return seen === '' ? answer : `${seen}\n\n${answer}`;
}
