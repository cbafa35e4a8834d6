// The client's build for browsers: the other one reads an image from disk when a string names an existing path.
import { type ChatRequest, type ChatResponse, type Message, Ollama } from 'ollama/browser';
import { promptCost } from '../../generation/prompt.js';
import {
  type Abilities,
  type Delta,
  type Finished,
  type Prompt,
  type Provider,
  ProviderError,
  ShortageError,
} from '../../generation/provider.js';
import type { Clock } from '../../kernel/clock.js';
import { TIMED_OUT, withTimeout } from '../../kernel/with-timeout.js';
import type { Usage } from '../../protocol/message.js';
import { BusyError, fetchUntil, UnreachableError } from './fetch.js';
import { type Host, Hosts } from './hosts.js';
import { Server } from './server.js';
import { type Think, thinkOf } from './think.js';
import { SpokenText } from './thinking.js';
import { longestPrompt, windowFor } from './window.js';

export interface OllamaProviderOptions {
  /** As in `OLLAMA_HOST`. */
  readonly hosts: readonly string[];
  /** As in `OLLAMA_MODEL`: the first is the default. */
  readonly models: readonly string[];
  readonly clock: Clock;
  /** As in `OLLAMA_PARALLEL`: how many requests a host gets at once from this worker. No limit when not given. */
  readonly parallel?: number;
  /** As in `OLLAMA_NUM_CTX`: the largest window that is asked for. What the model has when not given. */
  readonly contextTokens?: number;
  /** As in `OLLAMA_THINK`; `false` when not given. */
  readonly think?: Think;
  /** `false` asks for the whole answer at once, for proxies that break streams. The first text is then the last. */
  readonly stream?: boolean;
  /** Of the span in which the answer is asked for: sent along with the request. */
  readonly traceparent?: () => string | undefined;
}

const THINKING: Delta = { sign: 'thinking' };

/** How an answer ends that was written; `load` and `unload` say that nothing was. */
const WRITTEN: ReadonlySet<string | undefined> = new Set(['stop', 'length', undefined]);

/** How often it is looked at what a server does that has not begun to answer, in ms: at first soon, then less often. */
const LOOK_MS = { first: 100, most: 1000 };
/** How long to wait before a busy server is asked again, in ms. */
const BUSY_MS = { first: 250, most: 4000 };

/** Takes images as bytes alone, and does not hold everything up while it encodes megabytes of them. */
class ByteOllama extends Ollama {
  override async encodeImage(image: Uint8Array | string): Promise<string> {
    if (typeof image === 'string') throw new TypeError('an image must be bytes');
    return Buffer.from(image.buffer, image.byteOffset, image.byteLength).toString('base64');
  }
}

/** Answers from Ollama servers (`POST /api/chat`). Sets no limits of time on an answer: that is for the caller. */
export class OllamaProvider implements Provider {
  readonly name = 'ollama';
  readonly model: string;
  readonly models: readonly string[];
  /** A conversation whose last message is the assistant's is continued there. */
  readonly continues = true;
  /** At all hosts together. While one is down, answers wait here for a place at the others. */
  readonly places: number;
  readonly #options: OllamaProviderOptions;
  readonly #hosts: Hosts;
  readonly #servers = new Map<Host, Server>();
  readonly #others = new Map<string, OllamaProvider>();

  /** @param hosts those of another model, whose places this one shares */
  constructor(options: OllamaProviderOptions, model = options.models[0] ?? '', hosts?: Hosts) {
    this.model = model;
    this.models = options.models;
    this.#options = options;
    const placesEach = options.parallel ?? Number.POSITIVE_INFINITY;
    this.places = placesEach * options.hosts.length;
    this.#hosts =
      hosts ??
      new Hosts({
        urls: options.hosts,
        places: placesEach,
        clock: options.clock,
        answers: (host) => this.#server(host).answers(),
      });
  }

  of(model: string): OllamaProvider {
    if (model === this.model) return this;
    const other = this.#others.get(model) ?? new OllamaProvider(this.#options, model, this.#hosts);
    this.#others.set(model, other);
    return other;
  }

  async abilities(signal: AbortSignal): Promise<Abilities> {
    const { image, thinking } = await this.#server(this.#hosts.first).info(signal);
    return { ...(image !== undefined && { image }), ...(thinking !== undefined && { thinking }) };
  }

  /** What the model thinks is left out; a sign tells that it thinks. */
  async *generate(prompt: Prompt, signal: AbortSignal): AsyncGenerator<Delta, Finished> {
    const tried = new Set<Host>();
    for (let pause = BUSY_MS.first; ; pause = Math.min(pause * 2, BUSY_MS.most)) {
      let host = this.#hosts.tryTake(tried);
      if (!host) {
        yield { sign: 'queued' };
        host = await this.#hosts.take(tried, signal);
        yield { sign: 'asked' };
      }
      try {
        return yield* this.#ask(host, prompt, signal);
      } catch (error) {
        host.down = error instanceof UnreachableError;
        const elsewhere = error instanceof UnreachableError || error instanceof BusyError;
        if (elsewhere && this.#hosts.others(new Set(tried).add(host))) tried.add(host);
        // A server that refuses while it answers others has a full queue. Where it answers nobody, it is out of order.
        else if (!(error instanceof BusyError) || host.taken === 1) throw error;
        else tried.clear();
      } finally {
        this.#hosts.release(host);
      }
      if (tried.size > 0) continue;
      yield { sign: 'queued' };
      await this.#options.clock.sleep(pause, signal);
      signal.throwIfAborted();
      yield { sign: 'asked' };
    }
  }

  async promptTokens(signal: AbortSignal): Promise<number | undefined> {
    const info = await this.#server(this.#hosts.first).info(signal);
    return longestPrompt(info, this.#options.contextTokens);
  }

  async reachable(signal: AbortSignal): Promise<boolean> {
    const all = this.#options.hosts.map(async (url) => {
      await new Ollama({ host: url, fetch: fetchUntil(signal) }).version();
      return true;
    });
    return Promise.any(all).catch(() => false);
  }

  async *#ask(host: Host, prompt: Prompt, signal: AbortSignal): AsyncGenerator<Delta, Finished> {
    // Also ends the request when the caller stops listening.
    const left = new AbortController();
    const spoken = new SpokenText();
    let last: ChatResponse | undefined;
    try {
      const until = AbortSignal.any([signal, left.signal]);
      const answer = this.#chat(host, prompt, until);
      let next = answer.next();
      yield* this.#watch(host, next, until);
      for (;;) {
        const part = await next;
        if (part.done) break;
        host.heardAt = this.#options.clock.now();
        host.down = false;
        yield spoken.push(contentOf(part.value)) || THINKING;
        last = part.value;
        next = answer.next();
      }
      const rest = spoken.end();
      if (rest !== '') yield rest;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ProviderError || error instanceof ShortageError) throw error;
      throw new ProviderError('llm_failed', 'the model server broke off', { cause: error });
    } finally {
      left.abort('left');
    }
    if (!last?.done || !WRITTEN.has(last.done_reason)) {
      throw new ProviderError('llm_failed', 'the model server ended without an answer');
    }
    const usage = usageOf(last);
    return { ...(usage && { usage }), ...(last.done_reason === 'length' && { cut: true }) };
  }

  /**
   * Until the first piece of the answer is there: says when the server loads the model, and when it is at work for others.
   * A server that has one place lets requests wait, and nothing but the text of those others tells that it lives.
   */
  async *#watch(host: Host, first: Promise<unknown>, signal: AbortSignal): AsyncGenerator<Delta, void> {
    const { clock } = this.#options;
    const begun = first.then(
      () => 'begun' as const,
      () => 'begun' as const,
    );
    let loading = false;
    let heardAt = clock.now();
    for (let pause = LOOK_MS.first; ; pause = Math.min(pause * 2, LOOK_MS.most)) {
      if ((await withTimeout(clock, pause, begun)) !== TIMED_OUT) return;
      const state = await Promise.race([begun, this.#server(host).loaded(this.model, signal)]);
      if (state === 'begun') return;
      const worked = host.heardAt > heardAt;
      heardAt = Math.max(heardAt, host.heardAt);
      if (state.kind === 'loading') yield { sign: 'loading' };
      else if (loading || worked) yield { sign: 'asked' };
      loading = state.kind === 'loading';
    }
  }

  async *#chat(host: Host, prompt: Prompt, signal: AbortSignal): AsyncGenerator<ChatResponse> {
    const { contextTokens, think } = this.#options;
    const server = this.#server(host);
    const info = await server.info(signal);
    const state = await server.loaded(this.model, signal);
    const loaded = state.kind === 'loaded' ? state.contextTokens : undefined;
    const thinks = thinkOf(think ?? 'false', info, prompt.answer !== '');
    const request = {
      model: this.model,
      messages: messagesOf(prompt),
      options: { num_ctx: windowFor(promptCost(prompt), info, contextTokens, loaded) },
      ...(thinks !== undefined && { think: thinks }),
      // Without these, Ollama drops the beginning of a prompt that does not fit, and of one that the answer fills up.
      truncate: false,
      shift: false,
    } satisfies ChatRequest & { truncate: boolean; shift: boolean };
    const traceparent = this.#options.traceparent?.();
    const client = new ByteOllama({
      host: host.url,
      fetch: fetchUntil(signal),
      ...(traceparent !== undefined && { headers: { traceparent } }),
    });
    if (this.#options.stream === false) yield await client.chat({ ...request, stream: false });
    else yield* await client.chat({ ...request, stream: true });
  }

  #server(host: Host): Server {
    const known = this.#servers.get(host) ?? new Server(host.url, this.model, this.#options.clock);
    this.#servers.set(host, known);
    return known;
  }
}

function messagesOf({ system, turns, answer, passages }: Prompt): Message[] {
  const messages: Message[] = turns.map(({ role, text, images }) => ({
    role,
    content: text,
    ...(images && { images: images.map(({ content }) => content) }),
  }));
  const last = messages.at(-1);
  // Not in the system prompt: what stands before the conversation's newest turn is the same each time, and servers keep it computed.
  if (passages !== undefined && last) last.content = `${passages}\n\n${last.content}`;
  if (system !== '') messages.unshift({ role: 'system', content: system });
  if (answer !== '') messages.push({ role: 'assistant', content: answer });
  return messages;
}

/** Older servers send a last line without `message`; beside tool calls or thoughts `content` may be null. */
function contentOf(part: { message?: { content?: unknown } | null }): string {
  const content = part.message?.content ?? '';
  if (typeof content === 'string') return content;
  throw new ProviderError('llm_failed', 'the model server sent something unreadable');
}

/** A count of 0 is left out on the wire. */
function usageOf(last: Partial<ChatResponse>): Usage | undefined {
  const { prompt_eval_count, eval_count } = last;
  if (prompt_eval_count === undefined && eval_count === undefined) return undefined;
  return { promptTokens: prompt_eval_count ?? 0, completionTokens: eval_count ?? 0 };
}
