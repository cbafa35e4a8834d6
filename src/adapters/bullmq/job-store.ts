import type { Processor, QueueOptions, WorkerOptions } from 'bullmq';
import type { GenerationRef } from '../../generation/generation-log.js';

export const QUEUE_NAME = 'generations';

/** A server in which BullMQ keeps its jobs. */
export interface JobStore {
  openQueue(options: Omit<QueueOptions, 'connection'>): StoredQueue;
  openWorker(run: Processor<GenerationRef>, options: Omit<WorkerOptions, 'connection'>): StoredWorker;
  /** @throws when the server cannot be asked now. May take for ever. */
  check(): Promise<void>;
  /** After the queue and the worker, or before them when the server is down: what waits for it is rejected. */
  close(): Promise<void>;
}

/** What is used of BullMQ's `Queue`, whose type depends on its server. */
export interface StoredQueue extends Open {
  add(name: string, ref: GenerationRef): Promise<unknown>;
}

/** What is used of BullMQ's `Worker`. */
export interface StoredWorker extends Open {
  pause(): Promise<void>;
}

interface Open {
  on(event: 'error', listener: (error: Error) => void): unknown;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}
