import type { GenerationRef } from '../../generation/generation-log.js';
import type { JobQueue } from '../../generation/job-queue.js';
import type { JobStore, StoredQueue } from './job-store.js';
import { withDeadline } from './with-deadline.js';

const OPEN_MS = 10_000;
const ADD_MS = 2_000;
const CHECK_MS = 900;
/** For how long a check holds for the job that is added next, in ms. */
const CHECK_HOLDS_MS = 500;

/** Who generates is no concern of BullMQ: no retries, no job is kept once it ended, and none is refused for its id. */
const JOB_OPTIONS = { attempts: 1, removeOnComplete: true, removeOnFail: true };
/** Kept of the stream of events, which nobody reads. */
const EVENTS = 100;

/** Where jobs are added. */
export class BullQueue implements JobQueue {
  readonly #store: JobStore;
  readonly #queue: StoredQueue;
  readonly #warn: (error: Error) => void;
  /** When the store was last found ready, in ms of `performance.now()`. */
  #checkedAt = Number.NEGATIVE_INFINITY;

  /** Connects at once, and again whenever the connection is lost. */
  constructor(store: JobStore, warn: (error: Error) => void) {
    this.#store = store;
    this.#warn = warn;
    this.#queue = store.openQueue({
      defaultJobOptions: JOB_OPTIONS,
      streams: { events: { maxLen: EVENTS } },
    });
    this.#queue.on('error', warn);
  }

  async open(): Promise<void> {
    await withDeadline(OPEN_MS, this.#queue.waitUntilReady());
  }

  async add({ conversationId, messageId, seq }: GenerationRef): Promise<void> {
    try {
      await withDeadline(ADD_MS, this.#add({ conversationId, messageId, seq }));
    } catch (error) {
      this.#checkedAt = Number.NEGATIVE_INFINITY;
      // Logged here, because callers go on without the job: a sweeper finds the generation.
      this.#warn(error as Error);
      throw error;
    }
  }

  async #add(ref: GenerationRef): Promise<void> {
    if (performance.now() - this.#checkedAt > CHECK_HOLDS_MS) await this.#check();
    await this.#queue.add('generate', ref);
  }

  async #check(): Promise<void> {
    await this.#store.check();
    this.#checkedAt = performance.now();
  }

  available(): Promise<boolean> {
    return withDeadline(CHECK_MS, this.#check()).then(
      () => true,
      () => false,
    );
  }

  close(): Promise<void> {
    return this.#queue.close();
  }
}
