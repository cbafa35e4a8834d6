import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Nearest } from '../../knowledge/passage-search.js';

/** Vectors with the ids of their passages. */
export interface VectorTable {
  readonly ids: readonly string[];
  /** One vector after the other, in memory that threads share. */
  readonly vectors: Float32Array;
  readonly dimensions: number;
}

interface Reply {
  readonly id: number;
  readonly found: readonly (readonly [index: number, similarity: number])[];
}

interface Waiting {
  readonly ids: readonly string[];
  readonly resolve: (found: readonly Nearest[]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Exact search in a worker thread. Every vector is compared: 20,000 of 768 dimensions take about 45 ms. The thread starts with the first
 * use, and does not keep the process alive.
 */
export class ExactIndex {
  #thread: Worker | undefined;
  #table: VectorTable = { ids: [], vectors: new Float32Array(), dimensions: 1 };
  #lastId = 0;
  readonly #waiting = new Map<number, Waiting>();

  /** Searches go through these from now on. */
  load(table: VectorTable): void {
    this.#table = table;
    this.#post({ vectors: table.vectors, dimensions: table.dimensions });
  }

  /** Best first. @throws when the thread dies; the next call starts another */
  search(question: Float32Array, limit: number): Promise<readonly Nearest[]> {
    const { ids, dimensions } = this.#table;
    if (ids.length === 0 || question.length !== dimensions) return Promise.resolve([]);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { ids, resolve, reject });
      this.#post({ id, question, limit });
    });
  }

  async close(): Promise<void> {
    await this.#thread?.terminate();
  }

  #post(message: object): void {
    this.#running().postMessage(message);
  }

  #running(): Worker {
    if (this.#thread) return this.#thread;
    const thread = new Worker(join(import.meta.dirname, 'scan.mjs'));
    this.#thread = thread;
    thread.unref();
    thread.on('message', (reply: Reply) => this.#answer(reply));
    thread.on('error', (error) => this.#fail(thread, error));
    thread.on('exit', () => this.#fail(thread, new Error('the search thread has ended')));
    const { vectors, dimensions } = this.#table;
    thread.postMessage({ vectors, dimensions });
    return thread;
  }

  #answer({ id, found }: Reply): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.resolve(found.map(([index, similarity]) => ({ id: waiting.ids[index] as string, similarity })));
  }

  #fail(thread: Worker, error: Error): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
