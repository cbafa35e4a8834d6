import type { Interruption } from '../generation/ending.js';
import { type Generated, type GeneratePorts, generate } from '../generation/generate.js';
import type { GenerationRef } from '../generation/generation-log.js';
import type { Claim, GenerationStore } from '../generation/generation-store.js';
import type { JobQueue } from '../generation/job-queue.js';
import { providerFor } from '../generation/models.js';
import type { Logger } from '../kernel/logger.js';
import { conversationTopic, type Notifier, progressTopic } from '../kernel/notifier.js';
import { inSpan } from '../kernel/tracer.js';
import { withTimeout } from '../kernel/with-timeout.js';
import type { Shares } from './shares.js';

export interface RunnerPorts extends GeneratePorts {
  readonly store: GenerationStore;
  readonly queue: JobQueue;
  readonly notifier: Notifier;
  readonly logger: Logger;
  /** Who claims, a UUID of this process. */
  readonly worker: string;
  readonly leaseMs: number;
  /** The trace to which a generation belongs, as a `traceparent`; only with a tracer. Never rejects. */
  readonly traceOf?: (messageId: string) => Promise<string | undefined>;
}

/** How long a drain waits until leases are given back, in ms: Redis or Postgres may be down. */
const HAND_OVER_MS = 3000;

/** How long a worker that lacks resources of its own takes nothing in place of what it gave back, in ms. */
const SHORTAGE_MS = 2000;

/** Runs generations: claims each, makes its answer, and wakes whoever comes next. */
export class Runner {
  readonly #ports: RunnerPorts;
  /** By message id: what is claimed and runs. */
  readonly #running = new Map<string, AbortController>();
  /** All calls of `run` and `runNext`, also those that only claim as yet. */
  readonly #calls = new Set<Promise<unknown>>();
  readonly #draining = new AbortController();

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
    if (this.#draining.signal.aborted || this.#running.has(ref.messageId)) return;
    const { store, queue, worker, leaseMs } = this.#ports;
    const waiting = await this.#claimAndRun(() => store.claim(ref.messageId, worker, leaseMs));
    // Nobody here goes on with it.
    if (waiting) await queue.add(ref).catch(() => {});
  }

  /**
   * Claims the generation that is next among the users who do not have their share, and runs it to its end. `onClaimed` is
   * called in between. Returns false when nothing may run or something failed; the caller then waits before it asks again.
   * Never throws.
   */
  async runNext(shares: Shares, onClaimed: () => void = () => {}): Promise<boolean> {
    if (this.#draining.signal.aborted) return false;
    const { store, worker, leaseMs } = this.#ports;
    let claim: Claim | undefined;
    const claimOne = async (): Promise<Claim | undefined> => {
      claim = await shares.claim((except) => store.claimNext(worker, leaseMs, except));
      return claim;
    };
    const ran = await this.#claimAndRun(claimOne, onClaimed);
    if (claim) shares.release(claim);
    return ran;
  }

  interrupt(messageId: string, by: Interruption): void {
    this.#running.get(messageId)?.abort(by);
  }

  /**
   * Takes no more; gives what runs `graceMs` to end, then hands it over in mid-answer to be continued elsewhere at once.
   * What cannot be handed over in time is left to its lease.
   */
  async drain(graceMs: number): Promise<void> {
    this.#draining.abort();
    const ended = Promise.allSettled(this.#calls);
    await withTimeout(this.#ports.clock, graceMs, ended);
    for (const messageId of this.#running.keys()) this.interrupt(messageId, 'drain');
    await withTimeout(this.#ports.clock, HAND_OVER_MS, ended);
  }

  /** Whether there is more to claim. */
  async #claimAndRun(
    claimOne: () => Promise<Claim | undefined>,
    onClaimed: () => void = () => {},
  ): Promise<boolean> {
    let claim: Claim | undefined;
    return this.#call(async () => {
      claim = await claimOne();
      if (!claim) return false;
      onClaimed();
      return this.#run(claim);
    }).catch((error: unknown) => {
      // The lease runs out by itself; whoever claims next goes on from what is in the log.
      const messageId = claim?.ref.messageId;
      this.#ports.logger.error('generation interrupted', { ...(messageId && { messageId }), error });
      return false;
    });
  }

  /** A drain waits for it. */
  async #call<T>(run: () => Promise<T>): Promise<T> {
    const call = run();
    this.#calls.add(call);
    try {
      return await call;
    } finally {
      this.#calls.delete(call);
    }
  }

  async #run(claim: Claim): Promise<boolean> {
    if (this.#draining.signal.aborted) {
      await this.#handOver(claim);
      return false;
    }
    const { messageId } = claim.ref;
    const interrupt = new AbortController();
    // An earlier attempt of this process that lost its lease may still be here.
    this.interrupt(messageId, 'taken');
    this.#running.set(messageId, interrupt);
    try {
      return await this.#attempt(claim, interrupt.signal);
    } finally {
      if (this.#running.get(messageId) === interrupt) this.#running.delete(messageId);
    }
  }

  async #attempt(claim: Claim, signal: AbortSignal): Promise<boolean> {
    const { queue, notifier, clock, logger, metrics } = this.#ports;
    const { ref, attempt } = claim;
    if (attempt > 1) metrics?.count('veda_takeovers_total');
    const began = clock.now();
    const provider = providerFor(this.#ports.provider, claim.model);
    notifier.notify(progressTopic(ref.conversationId));
    const result = await this.#traced(claim, () => generate({ ...this.#ports, provider }, claim, signal));
    const durationMs = clock.now() - began;
    this.#measure(result, durationMs);
    const error = result.kind === 'finished' ? result.outcome.error : undefined;
    logger[error ? 'warn' : 'info']('generation', {
      messageId: ref.messageId,
      attempt,
      status: result.kind === 'finished' ? result.outcome.status : result.kind,
      ...(error && { code: error.code }),
      durationMs: Math.round(durationMs),
    });
    if (result.kind === 'released') {
      await this.#handOver(claim);
      // Keeps the place, so that the answer goes to another worker and not round in circles here.
      if (result.short) await clock.sleep(SHORTAGE_MS, this.#draining.signal);
    } else if (result.kind === 'finished') {
      await this.#announceSoon(ref);
      // Another worker goes on: a job wakes it.
      if (result.waiting && this.#draining.signal.aborted) await queue.add(ref);
      return result.waiting;
    }
    return true;
  }

  async #traced({ ref, attempt }: Claim, act: () => Promise<Generated>): Promise<Generated> {
    const { tracer, traceOf } = this.#ports;
    if (!tracer) return act();
    const attributes = {
      'gen_ai.conversation.id': ref.conversationId,
      'veda.message.id': ref.messageId,
      'veda.attempt': attempt,
    };
    const parent = await traceOf?.(ref.messageId);
    return inSpan(tracer, 'generate', { kind: 'consumer', parent, attributes }, async (span) => {
      const result = await act();
      span?.set({
        'veda.status': result.kind === 'finished' ? result.outcome.status : result.kind,
        ...(result.kind === 'finished' && { 'error.type': result.outcome.error?.code }),
      });
      return result;
    });
  }

  #measure(result: Generated, durationMs: number): void {
    const { metrics, provider } = this.#ports;
    if (!metrics) return;
    if (result.kind === 'lost' && result.loss === 'taken') metrics.count('veda_fenced_total');
    if (result.kind !== 'finished') return;
    const { status, model = provider.model, error } = result.outcome;
    metrics.countBy('veda_generations_total', { status, provider: provider.name, model });
    metrics.observe('veda_generation_duration_seconds', durationMs / 1000);
    if (error) metrics.countBy('veda_provider_errors_total', { code: error.code });
  }

  async #handOver(claim: Claim): Promise<void> {
    await this.#ports.store.release(claim);
    await this.#ports.queue.add(claim.ref);
  }

  /** Tells the log and the readers that the row is final, and records that it did. */
  async announce(ref: GenerationRef): Promise<void> {
    await this.#closeLog(ref);
    await this.#ports.store.closed(ref.messageId);
  }

  /** As `announce`, but the place need not wait for the record: without it a sweeper announces the end again. */
  async #announceSoon(ref: GenerationRef): Promise<void> {
    await this.#closeLog(ref);
    void this.#call(() => this.#ports.store.closed(ref.messageId)).catch((error: unknown) => {
      this.#ports.logger.warn('end not recorded as announced', { messageId: ref.messageId, error });
    });
  }

  async #closeLog(ref: GenerationRef): Promise<void> {
    const { log, notifier } = this.#ports;
    let isWhole = false;
    try {
      isWhole = await log.close(ref);
    } finally {
      // Readers take the end from the row when the log cannot tell them.
      if (!isWhole) notifier.notify(conversationTopic(ref.conversationId));
      notifier.notify(progressTopic(ref.conversationId));
    }
  }
}
