import type { GenerationRef } from './generation-log.js';

/** Dispatches generations to workers. It wakes; it decides nothing: who may generate is Postgres' word. */
export interface JobQueue {
  /**
   * Hands a generation to some worker. A job carries ids alone. Adding twice is harmless.
   * @throws when the queue cannot take it within a second or two; the sweeper finds what was not enqueued.
   */
  add(ref: GenerationRef): Promise<void>;
  /** Whether jobs can be added now. Looked at before a message is stored. Never throws, answers within a second. */
  available(): Promise<boolean>;
}

/** The other end of the queue, in a worker. */
export interface JobSource {
  /** Calls `run` for each job, `concurrency` at a time at the most. */
  start(concurrency: number, run: (ref: GenerationRef) => Promise<void>): Promise<void>;
  /** Takes no new jobs; those that run go on. */
  pause(): Promise<void>;
}
