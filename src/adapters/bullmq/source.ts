import { type Job, WaitingError } from 'bullmq';
import type { GenerationRef } from '../../generation/generation-log.js';
import type { JobSource } from '../../generation/job-queue.js';
import type { JobStore, StoredWorker } from './job-store.js';
import { withDeadline } from './with-deadline.js';

const OPEN_MS = 10_000;
/** Between two tries while the server is down. */
const RETRY_MS = 1_000;

type Run = (ref: GenerationRef) => Promise<void>;

/**
 * Where jobs are taken. A job whose worker died or lost its lock comes again after half a minute, which is one more
 * call of `run`: nothing rests on it.
 */
export class BullSource implements JobSource {
  readonly #store: JobStore;
  readonly #warn: (error: Error) => void;
  #worker: StoredWorker | undefined;
  #paused = false;

  constructor(store: JobStore, warn: (error: Error) => void) {
    this.#store = store;
    this.#warn = warn;
  }

  /** @throws when the server does not answer within 10 s. */
  async start(concurrency: number, run: Run): Promise<void> {
    const worker = this.#store.openWorker((job, token) => this.#process(job, token, run), {
      concurrency,
      runRetryDelay: RETRY_MS,
    });
    this.#worker = worker;
    worker.on('error', this.#warn);
    await withDeadline(OPEN_MS, worker.waitUntilReady());
  }

  async pause(): Promise<void> {
    this.#paused = true;
    // Not awaited: it resolves when the jobs that run have ended.
    void this.#worker?.pause().catch(this.#warn);
  }

  /** Waits for the jobs that run. */
  async close(): Promise<void> {
    this.#paused = true;
    await this.#worker?.close();
  }

  async #process(job: Job<GenerationRef>, token: string | undefined, run: Run): Promise<void> {
    if (this.#paused) {
      // BullMQ had taken the job before the pause. It goes back to the queue, because nothing may start after a pause.
      await job.moveToWait(token);
      throw new WaitingError();
    }
    await run(job.data).catch(this.#warn);
  }
}
