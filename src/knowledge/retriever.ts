import type { Clock } from '../kernel/clock.js';
import type { Metrics } from '../kernel/metrics.js';
import { inSpan, type Tracer } from '../kernel/tracer.js';
import { TIMED_OUT, withTimeout } from '../kernel/with-timeout.js';
import type { Source } from '../protocol/source.js';
import type { Embedder } from './embedder.js';
import type { Passage, VectorSearch, WordSearch } from './passage-search.js';
import { fuse } from './reciprocal-rank.js';

export interface RetrieverOptions {
  readonly embedder: Embedder;
  readonly vectors: VectorSearch;
  readonly words: WordSearch;
  readonly clock: Clock;
  /** How long it may take, in ms. Then the answer goes without sources. */
  readonly limitMs: number;
  /** Passages that are less similar to the question do not count. */
  readonly similarity: number;
  /** Whether it is to be said when nothing is similar enough. */
  readonly required: boolean;
  /** Called with the cause when retrieval fails or takes too long. */
  readonly onFailure: (error: Error) => void;
  readonly metrics?: Metrics | undefined;
  readonly tracer?: Tracer | undefined;
}

/** What became of a retrieval, as it is counted. */
type Retrieved = 'found' | 'nothing' | 'failed' | 'timeout';

/** How many passages an answer rests on. */
const PASSAGES = 5;
/** How many of each ranking are fused. */
const CANDIDATES = 50;

/** Finds the passages of the provider's documents that are closest to a question. */
export class Retriever {
  readonly #options: RetrieverOptions;

  constructor(options: RetrieverOptions) {
    this.#options = options;
  }

  /**
   * The best passages, at most 5. Empty: there are documents, none is similar enough, and that is to be said. Undefined: there is nothing to
   * show or to say, also when retrieval failed or took too long.
   * @throws the signal's reason when it aborts
   */
  async retrieve(question: string, signal: AbortSignal): Promise<readonly Source[] | undefined> {
    const { metrics, tracer, onFailure } = this.#options;
    const startedAt = Date.now();
    const [result, sources] = await inSpan(tracer, 'retrieve', { kind: 'internal' }, async (span) => {
      const outcome = await this.#within(question, signal);
      span?.set({ 'veda.sources': outcome[1]?.length ?? 0, 'veda.status': outcome[0] });
      return outcome;
    });
    signal.throwIfAborted();
    metrics?.observeSince('veda_retrieval_duration_seconds', startedAt);
    metrics?.countBy('veda_retrievals_total', { result });
    if (result === 'timeout') onFailure(new Error('took too long'));
    return sources;
  }

  async #within(
    question: string,
    signal: AbortSignal,
  ): Promise<[result: Retrieved, sources?: readonly Source[] | undefined]> {
    const { clock, limitMs, onFailure } = this.#options;
    const late = new AbortController();
    try {
      const found = this.#find(question, AbortSignal.any([signal, late.signal]));
      const sources = await withTimeout(clock, limitMs, found);
      if (sources === TIMED_OUT) return ['timeout'];
      return sources?.length ? ['found', sources] : ['nothing', sources];
    } catch (error) {
      if (!signal.aborted) onFailure(error as Error);
      return ['failed'];
    } finally {
      late.abort('late');
    }
  }

  async #find(question: string, signal: AbortSignal): Promise<readonly Source[] | undefined> {
    const { words, similarity, required } = this.#options;
    if (!(await words.any())) return undefined;
    const [near, matching] = await Promise.all([
      this.#nearest(question, signal),
      words.matching(question, CANDIDATES),
    ]);
    const similar = new Set(near.filter((passage) => passage.similarity >= similarity).map(({ id }) => id));
    const ids = fuse([near.map(({ id }) => id), matching]).filter((id) => similar.has(id));
    const passages = await words.passages(ids.slice(0, PASSAGES));
    return passages.length > 0 || required ? passages.map(sourceOf) : undefined;
  }

  async #nearest(question: string, signal: AbortSignal) {
    const { embedder, vectors } = this.#options;
    const vector = await embedder.question(question, signal);
    return vectors.nearest(vector, embedder.model, CANDIDATES);
  }
}

function sourceOf({ id, title, url, heading, content }: Passage): Source {
  return {
    id,
    title: heading === '' ? title : `${title} › ${heading}`,
    ...(url !== undefined && { url }),
    snippet: content,
  };
}
