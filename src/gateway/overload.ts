import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { AppError } from '../kernel/errors.js';
import type { LogFields, Logger } from '../kernel/logger.js';
import { throttledEvent } from '../kernel/throttled-warning.js';

/** How often the delay of the event loop is looked at, in ms, and how many looks in a row change anything. */
const LOOK_MS = 1000;
const LOOKS = 2;

/**
 * A mean delay, in ms, above which there is too much to do, and below which there is not any more. High, because a machine
 * whose cores are busy with something else delays every process by some hundred ms, and refusing work does not help it.
 */
const OVERLOADED_MS = 1000;
const RELIEVED_MS = 300;

/**
 * How long a statement may wait for a connection to the database, in ms. A send makes several statements, one after the
 * other, so each send would wait for a multiple of this.
 */
const DATABASE_MS = 1000;

/** Seconds after which a refused client may try again. */
const RETRY_SECONDS = 2;

const NANOSECONDS = 1e6;

/**
 * Tells whether this process has more to do than it can, or the database more than it can: the event loop is late, or
 * statements wait long for a connection. New work is then refused at once: otherwise everything waits for
 * everything, and a liveness probe takes so long that an orchestrator kills the process.
 */
export class Overload {
  readonly #logger: Logger;
  readonly #databaseWaitMs: () => number;
  readonly #warnOfDatabase: (fields: LogFields) => void;
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: 20 });
  #timer: NodeJS.Timeout | undefined;
  #overloaded = false;
  #looks = 0;
  #refused = 0;

  /** `databaseWaitMs`: how long the oldest statement has waited for a connection. */
  constructor(logger: Logger, databaseWaitMs: () => number) {
    this.#logger = logger;
    this.#databaseWaitMs = databaseWaitMs;
    this.#warnOfDatabase = throttledEvent(logger, 'warn', 'database overloaded');
  }

  start(): void {
    this.#delay.enable();
    this.#timer = setInterval(() => {
      // Without a sample the loop was held up for the whole time.
      const meanMs = this.#delay.count > 0 ? this.#delay.mean / NANOSECONDS : LOOK_MS;
      this.#delay.reset();
      this.look(meanMs);
    }, LOOK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#delay.disable();
  }

  /** Takes in the mean delay since the last look, in ms. */
  look(meanMs: number): void {
    const changes = this.#overloaded ? meanMs < RELIEVED_MS : meanMs > OVERLOADED_MS;
    this.#looks = changes ? this.#looks + 1 : 0;
    if (this.#looks < LOOKS) return;
    this.#looks = 0;
    this.#overloaded = !this.#overloaded;
    if (this.#overloaded) this.#logger.warn('overloaded', { durationMs: Math.round(meanMs) });
    else this.#logger.info('overload has ended', { count: this.#refused });
    this.#refused = 0;
  }

  /** What was begun goes on, and can be read and stopped. @throws AppError `internal`, status 503, while there is too much to do */
  admitNewWork(): void {
    if (this.#overloaded) this.#refused += 1;
    else {
      const waitMs = this.#databaseWaitMs();
      if (waitMs < DATABASE_MS) return;
      this.#warnOfDatabase({ durationMs: Math.round(waitMs) });
    }
    throw new AppError('internal', 'the server has too much to do', {
      status: 503,
      retryAfter: RETRY_SECONDS,
    });
  }
}
