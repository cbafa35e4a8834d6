import { DISCLAIMER } from '../../../src/generation/disclaimer.js';
import {
  type Delta,
  type Finished,
  type Prompt,
  type Provider,
  ProviderError,
} from '../../../src/generation/provider.js';
import type { Network } from '../network.js';
import type { Process } from '../process.js';

/** Multi-byte, combining, joined by U+200D: what must never be cut. */
const WORDS = ['rest', 'fièvre', 'पानी', '👩‍⚕️', 'e\u0301', '⚠️', '\n\n', '37.5 °C', '水'];

/** A question over which the model thinks until it is stopped, or takes too long. */
export const ENDLESS = 'without end';

/**
 * What the model can say, and has begun to say. Each text names the question that it answers, and no two are alike: so
 * text that stands in a wrong place is seen.
 */
export class Texts {
  readonly #byQuestion = new Map<string, string[]>();

  of(question: string): readonly string[] {
    return this.#byQuestion.get(question) ?? [];
  }

  /** A new text that begins with `beginning`. Undefined when no text ever began like that. */
  from(question: string, beginning: string, words: readonly string[]): string | undefined {
    const texts = this.#byQuestion.get(question) ?? [];
    if (beginning !== '' && !texts.some((text) => text.startsWith(beginning))) return undefined;
    const rest = words.map((word, index) => `${question}#${texts.length}.${index} ${word}`).join(' ');
    this.#byQuestion.set(question, [...texts, beginning + rest]);
    return beginning + rest;
  }
}

/** A model that fails, stalls and thinks as the fault rates say. */
export class ModelProvider implements Provider {
  readonly name = 'model';
  readonly model = 'model-1';
  readonly continues: boolean;
  readonly #texts: Texts;
  readonly #network: Network;
  readonly #process: Process;
  readonly #violation: (what: string) => void;

  constructor(
    continues: boolean,
    texts: Texts,
    network: Network,
    process: Process,
    violation: (what: string) => void,
  ) {
    this.continues = continues;
    this.#texts = texts;
    this.#network = network;
    this.#process = process;
    this.#violation = violation;
  }

  async *generate(prompt: Prompt, signal: AbortSignal): AsyncGenerator<Delta, Finished> {
    const { random, trace } = this.#network;
    signal.throwIfAborted();
    const question = prompt.turns.at(-1)?.text ?? '';
    const text = this.#texts.from(question, prompt.answer, this.#words());
    trace.say(
      () => `${this.#process.name} asks the model for ${question} after ${prompt.answer.length} units`,
    );
    // The conversation was deleted in the meantime.
    if (prompt.turns.length === 0) return {};
    if (text === undefined) {
      this.#violation(
        `the model is to go on from a text that it never began: ${JSON.stringify(prompt.answer)}`,
      );
      return {};
    }
    const bad = !this.#network.calm && random.chance(this.#network.faultRates.badProvider);
    const failsAt = bad ? random.whole(prompt.answer.length, text.length) : Number.POSITIVE_INFINITY;
    const pace = random.pick([1, 20, 100]);
    if (random.chance(0.3)) await this.#pause(random.between(0, 1500), signal);
    for (let at = prompt.answer.length; at < text.length; ) {
      await this.#pause(random.between(0, pace * 2), signal);
      if (at >= failsAt) await this.#fail(signal);
      if (random.chance(0.05)) {
        await this.#pause(random.between(0, 1500), signal);
        yield { sign: 'thinking' };
      }
      const end = at + random.whole(1, 25);
      yield text.slice(at, end);
      at = end;
    }
    while (question.endsWith(ENDLESS)) {
      await this.#pause(500, signal);
      yield { sign: 'thinking' };
    }
    return { usage: { promptTokens: 1, completionTokens: 1 } };
  }

  async reachable(): Promise<boolean> {
    return true;
  }

  #words(): string[] {
    const { random } = this.#network;
    const words = Array.from({ length: random.whole(0, 25) }, () => random.pick(WORDS));
    // Some models end with the disclaimer themselves.
    return random.chance(0.05) ? [...words, `\n\n${DISCLAIMER}`] : words;
  }

  async #fail(signal: AbortSignal): Promise<void> {
    if (this.#network.random.chance(0.5)) throw new ProviderError('llm_failed', 'the model broke off');
    await this.#pause(Number.MAX_SAFE_INTEGER, signal);
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    await this.#process.sleep(ms, signal);
    signal.throwIfAborted();
  }
}
