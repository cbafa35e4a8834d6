import type { GenerationRef } from './generation-log.js';

/** Wakes workers for generations. It decides nothing: the claim in Postgres decides who generates. */
export interface JobQueue {
  /**
   * Adds a job for a generation. A job carries ids only. Adding it twice is harmless.
   * @throws when the queue does not take it within about two seconds. The sweeper finds generations without a job.
   */
  add(ref: GenerationRef): Promise<void>;
  /** Whether jobs can be added now. Checked before a message is stored. Never throws; answers within a second. */
  available(): Promise<boolean>;
}

/** The consuming end of the queue, in a worker. */
export interface JobSource {
  /** Calls `run` for each job, at most `concurrency` at a time. */
  start(concurrency: number, run: (ref: GenerationRef) => Promise<void>): Promise<void>;
  /** Takes no new jobs. Running ones go on. */
  pause(): Promise<void>;
}
