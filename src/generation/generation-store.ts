import type { AttemptStart } from './attempts.js';
import type { GenerationRef } from './generation-log.js';
import type { Outcome } from './outcome.js';
import type { StoredTurn } from './prompt-attachments.js';

/**
 * The rows of generations, as workers write them. Postgres' clock and Postgres' word decide who may write: each
 * method that takes an `attempt` changes nothing once a higher attempt has claimed the generation.
 */
export interface GenerationStore {
  /**
   * Makes a generation the worker's own: if it has not ended, every lower `seq` of its conversation has, and nobody
   * holds a live lease. Undefined is no error: somebody else has it, or it is not its turn.
   */
  claim(messageId: string, worker: string, leaseMs: number): Promise<Claim | undefined>;
  /**
   * Claims the next generation to run: abandoned generations first, then users in turn, so one user's first does not wait
   * for another's thousand. Users in `except` start no generation; their abandoned ones are still claimed. Undefined when
   * nothing waits.
   */
  claimNext(worker: string, leaseMs: number, except?: readonly string[]): Promise<Claim | undefined>;
  /**
   * Lets up to `limit` generations whose lease ran out be claimed next, but for those in `except`, which run here.
   * Returns how many.
   */
  recover(except: Iterable<string>, limit: number): Promise<number>;
  /**
   * Renews the worker's leases on these generations in one statement and returns those it still holds. Other leases
   * must expire: claims with a lost reply or an aborted run.
   */
  renew(worker: string, messageIds: Iterable<string>, leaseMs: number): Promise<readonly Held[]>;
  /** Gives a lease back before its time, so that the generation may be claimed at once. */
  release(claim: Claim): Promise<void>;
  /** Records from where the attempt writes, before its first append. A first attempt has begun, at 0, with its claim. */
  begin(claim: Claim, start: number): Promise<Ownership>;
  /** Whether the generation still exists and is still the attempt's. */
  ownership(claim: Claim): Promise<Ownership>;
  /** Writes the one final row. `owned` also when a call before, whose reply was lost, has written it. */
  finish(claim: Claim, content: string, outcome: Outcome): Promise<Finish>;
  /** Records that the log knows of the end. Calls of many answers go as one statement, up to 250 ms later. */
  closed(messageId: string): Promise<void>;
  /**
   * What the model is to be given: the conversation up to the message to be answered, oldest first; of a long one only
   * the newest turns, as many as have `bytes` bytes of UTF-8 together, and 500 messages with their answers at the most.
   */
  turns(ref: GenerationRef, bytes: number): Promise<readonly StoredTurn[]>;

  /** Generations that ended at least `olderThanMs` ago and whose log has not been told. */
  unclosed(olderThanMs: number, limit: number): Promise<readonly GenerationRef[]>;
}

/** One worker's right to write a generation, as long as no higher attempt is claimed. */
export interface Claim {
  readonly ref: GenerationRef;
  /** Whose conversation it is in. */
  readonly userId: string;
  readonly attempt: number;
  /** Which the message asked for; absent: the default. */
  readonly model?: string;
  /** Those of lower attempts. */
  readonly attempts: readonly AttemptStart[];
  /** Claims in a row that were lost without a byte of progress; drains do not count. */
  readonly failures: number;
  readonly stopRequested: boolean;
}

export interface Held {
  readonly messageId: string;
  readonly stopRequested: boolean;
}

export interface Finish {
  readonly ownership: Ownership;
  /** Whether a generation can be claimed now, in this conversation or another. */
  readonly waiting: boolean;
}

export type Ownership =
  | 'owned'
  /** A higher attempt has it, or it has ended. */
  | 'taken'
  /** Its conversation was deleted. */
  | 'gone';
