import { Ollama } from 'ollama/browser';
import { ProviderError } from '../../generation/provider.js';
import type { Embedder } from '../../knowledge/embedder.js';
import { BusyError, fetchUntil, UnreachableError } from './fetch.js';

export interface OllamaEmbedderOptions {
  /** As in `OLLAMA_HOST`. */
  readonly hosts: readonly string[];
  /** As in `EMBED_MODEL`. */
  readonly model: string;
}

/** What a model was trained to read before a question and before a passage. */
interface Prefixes {
  readonly question: string;
  readonly passage: string;
}

/**
 * By the beginning of the model's name. Ollama adds no prefixes; a model that was trained with them finds worse without.
 * From the models' own cards.
 */
const PREFIXES: readonly (readonly [name: string, Prefixes])[] = [
  ['nomic-embed-text', { question: 'search_query: ', passage: 'search_document: ' }],
  ['embeddinggemma', { question: 'task: search result | query: ', passage: 'title: none | text: ' }],
  [
    'mxbai-embed-large',
    { question: 'Represent this sentence for searching relevant passages: ', passage: '' },
  ],
  ['snowflake-arctic-embed2', { question: 'query: ', passage: '' }],
  [
    'snowflake-arctic-embed',
    { question: 'Represent this sentence for searching relevant passages: ', passage: '' },
  ],
];

/** Vectors from Ollama's `POST /api/embed`. A server that is down or busy is passed over for the next one. */
export class OllamaEmbedder implements Embedder {
  readonly model: string;
  readonly #hosts: readonly string[];
  readonly #prefixes: Prefixes;

  constructor({ hosts, model }: OllamaEmbedderOptions) {
    this.model = model;
    this.#hosts = hosts;
    const name = model.split('/').at(-1) ?? '';
    this.#prefixes = PREFIXES.find(([begin]) => name.startsWith(begin))?.[1] ?? { question: '', passage: '' };
  }

  passages(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]> {
    return this.#embed(
      texts.map((text) => this.#prefixes.passage + text),
      signal,
    );
  }

  async question(text: string, signal: AbortSignal): Promise<Float32Array> {
    const [vector] = await this.#embed([this.#prefixes.question + text], signal);
    return vector as Float32Array;
  }

  async #embed(input: string[], signal: AbortSignal): Promise<readonly Float32Array[]> {
    let failure: unknown;
    for (const host of this.#hosts) {
      try {
        const client = new Ollama({ host, fetch: fetchUntil(signal) });
        const { embeddings } = await client.embed({ model: this.model, input });
        return vectorsOf(embeddings, input.length);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof UnreachableError || error instanceof BusyError)) throw error;
        failure = error;
      }
    }
    throw failure;
  }
}

/** Ollama makes unit vectors. @throws ProviderError for anything that is no list of `count` vectors of one length */
function vectorsOf(embeddings: unknown, count: number): Float32Array[] {
  const vectors = Array.isArray(embeddings)
    ? embeddings.map((row) => Float32Array.from(row as number[]))
    : [];
  const length = vectors[0]?.length ?? 0;
  const isWhole = (vector: Float32Array): boolean =>
    vector.length === length && vector.every((value) => Number.isFinite(value));
  if (vectors.length !== count || length === 0 || !vectors.every(isWhole)) {
    throw new ProviderError('llm_failed', 'the model server sent no usable vectors');
  }
  return vectors;
}
