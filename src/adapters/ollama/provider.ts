// The client's build for browsers: the other one reads an image from disk when a string names an existing path.
import { type ChatResponse, type Message, Ollama } from 'ollama/browser';
import { type Finished, type Prompt, type Provider, ProviderError } from '../../generation/provider.js';
import type { Usage } from '../../protocol/message.js';
import { fetchUntil } from './fetch.js';
import { SpokenText } from './thinking.js';

export interface OllamaProviderOptions {
  /** As in `OLLAMA_HOST`. */
  readonly host: string;
  readonly model: string;
  /**
   * The model's context window (`num_ctx`), room for the answer included. Ollama drops the oldest messages of a prompt
   * that is longer without a word, so a prompt's budget must stay below. The server's default when not given.
   */
  readonly contextTokens?: number;
  /** `false` asks for the whole answer at once, for proxies that break streams. The first text is then the last. */
  readonly stream?: boolean;
}

/** How an answer ends that was written; `load` and `unload` say that nothing was. */
const WRITTEN: ReadonlySet<string | undefined> = new Set(['stop', 'length', undefined]);

/** Answers from an Ollama server (its `POST /api/chat`). Sets no limits of time on an answer: that is for the caller. */
export class OllamaProvider implements Provider {
  readonly name = 'ollama';
  readonly model: string;
  /** A conversation whose last message is the assistant's is continued there. */
  readonly continues = true;
  readonly #options: OllamaProviderOptions;

  constructor(options: OllamaProviderOptions) {
    this.model = options.model;
    this.#options = options;
  }

  /** What the model thinks is left out; while it thinks, empty deltas say that it is alive. */
  async *generate(prompt: Prompt, signal: AbortSignal): AsyncGenerator<string, Finished> {
    // Also ends the request when the caller stops listening.
    const left = new AbortController();
    const spoken = new SpokenText();
    let last: ChatResponse | undefined;
    try {
      for await (const part of await this.#chat(prompt, AbortSignal.any([signal, left.signal]))) {
        yield spoken.push(contentOf(part));
        last = part;
      }
      yield spoken.end();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ProviderError) throw error;
      throw new ProviderError('llm_failed', 'the model server broke off', { cause: error });
    } finally {
      left.abort();
    }
    if (!last?.done || !WRITTEN.has(last.done_reason)) {
      throw new ProviderError('llm_failed', 'the model server ended without an answer');
    }
    const usage = usageOf(last);
    return usage ? { usage } : {};
  }

  async reachable(signal: AbortSignal): Promise<boolean> {
    try {
      await this.#client(signal).version();
      return true;
    } catch {
      return false;
    }
  }

  async #chat(prompt: Prompt, signal: AbortSignal): Promise<AsyncIterable<ChatResponse> | ChatResponse[]> {
    const { contextTokens } = this.#options;
    const request = {
      model: this.model,
      messages: messagesOf(prompt),
      ...(contextTokens !== undefined && { options: { num_ctx: contextTokens } }),
      // An answer that has begun was thought about; a model that would think again refuses to continue it.
      ...(prompt.answer !== '' && { think: false }),
    };
    const client = this.#client(signal);
    if (this.#options.stream === false) return [await client.chat({ ...request, stream: false })];
    return client.chat({ ...request, stream: true });
  }

  /** A client for one request, since it is its `fetch` that knows the signal. */
  #client(signal: AbortSignal): Ollama {
    return new Ollama({ host: this.#options.host, fetch: fetchUntil(signal) });
  }
}

function messagesOf({ system, turns, answer }: Prompt): Message[] {
  const messages: Message[] = turns.map(({ role, text }) => ({ role, content: text }));
  if (system !== '') messages.unshift({ role: 'system', content: system });
  if (answer !== '') messages.push({ role: 'assistant', content: answer });
  return messages;
}

function contentOf(part: { message?: { content?: unknown } }): string {
  const content = part.message?.content;
  if (typeof content === 'string') return content;
  throw new ProviderError('llm_failed', 'the model server sent something unreadable');
}

/** A count of 0 is left out on the wire. */
function usageOf(last: Partial<ChatResponse>): Usage | undefined {
  const { prompt_eval_count, eval_count } = last;
  if (prompt_eval_count === undefined && eval_count === undefined) return undefined;
  return { promptTokens: prompt_eval_count ?? 0, completionTokens: eval_count ?? 0 };
}
