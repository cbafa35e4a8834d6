import { conversationTopic, type Doorbell } from '../generation/doorbell.js';
import { type GeneratePorts, generate, type Interruption } from '../generation/generate.js';
import type { GenerationRef } from '../generation/log.js';
import type { JobQueue } from '../generation/queue.js';
import type { Claim } from '../generation/store.js';
import type { Log } from '../log.js';

export interface RunnerPorts extends GeneratePorts {
  readonly queue: JobQueue;
  readonly doorbell: Doorbell;
  readonly logger: Log;
  /** Who claims, a UUID of this process. */
  readonly worker: string;
  readonly leaseMs: number;
}

interface Running {
  readonly interrupt: AbortController;
  readonly ended: Promise<void>;
}

/** Runs generations: claims each, makes its answer, and wakes whoever comes next. */
export class Runner {
  readonly #ports: RunnerPorts;
  readonly #running = new Map<string, Running>();
  #closed = false;

  constructor(ports: RunnerPorts) {
    this.#ports = ports;
  }

  /** Who claims. */
  get worker(): string {
    return this.#ports.worker;
  }

  /** The ids of the generations that run here. */
  get running(): ReadonlySet<string> {
    return new Set(this.#running.keys());
  }

  /** Claims and runs a generation; returns at once if it cannot be claimed. Never throws. */
  async run(ref: GenerationRef): Promise<void> {
    const { store, worker, leaseMs, logger } = this.#ports;
    if (this.#closed || this.#running.has(ref.messageId)) return;
    try {
      const claim = await store.claim(ref.messageId, worker, leaseMs);
      if (claim) await this.#runClaimed(claim);
    } catch (error) {
      // The lease runs out by itself; whoever claims next goes on from what is in the log.
      logger.error('generation interrupted', { messageId: ref.messageId, error });
    }
  }

  interrupt(messageId: string, by: Interruption): void {
    this.#running.get(messageId)?.interrupt.abort(by);
  }

  /**
   * Takes no more; gives what runs `graceMs` to end, then hands it over in mid-answer to be continued elsewhere at once.
   */
  async drain(graceMs: number): Promise<void> {
    this.#closed = true;
    const ended = Promise.all([...this.#running.values()].map((running) => running.ended));
    const inTime = new AbortController();
    await Promise.race([ended, this.#ports.clock.sleep(graceMs, inTime.signal)]);
    inTime.abort();
    for (const messageId of this.#running.keys()) this.interrupt(messageId, 'drain');
    await ended;
  }

  async #runClaimed(claim: Claim): Promise<void> {
    const { messageId } = claim.ref;
    const interrupt = new AbortController();
    const attempt = this.#attempt(claim, interrupt.signal);
    const ended = attempt.catch(() => {}).finally(() => this.#running.delete(messageId));
    this.#running.set(messageId, { interrupt, ended });
    await attempt;
  }

  async #attempt(claim: Claim, signal: AbortSignal): Promise<void> {
    const { store, queue, doorbell, clock, logger } = this.#ports;
    const { ref, attempt } = claim;
    const began = clock.now();
    doorbell.ring(conversationTopic(ref.conversationId));
    const result = await generate(this.#ports, claim, signal);
    logger.info('generation', {
      messageId: ref.messageId,
      attempt,
      status: result.kind === 'finished' ? result.outcome.status : result.kind,
      durationMs: Math.round(clock.now() - began),
    });
    if (result.kind === 'released') {
      await store.release(claim);
      await queue.add(ref);
    } else if (result.kind === 'finished') {
      await this.announce(ref);
      const next = await store.next(ref.conversationId);
      if (next) await queue.add(next);
    }
  }

  /** Tells the log and the readers that the row is final. */
  async announce(ref: GenerationRef): Promise<void> {
    await this.#ports.log.close(ref);
    this.#ports.doorbell.ring(conversationTopic(ref.conversationId));
    await this.#ports.store.closed(ref.messageId);
  }
}
