import type { GenerationStore } from '../generation/generation-store.js';
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import { Loop } from '../kernel/loop.js';
import type { Notifier } from '../kernel/notifier.js';
import { WakeSignal } from '../kernel/wake-signal.js';
import type { Runner } from './runner.js';

export interface LeasePorts {
  readonly store: GenerationStore;
  readonly notifier: Notifier;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly runner: Runner;
  readonly leaseMs: number;
}

/** How often leases are renewed, in ms; stop flags come back with them, and a stop notifies them at once. */
const RENEW_MS = 1000;
/** How soon a renewal that failed is made again, in ms: a lease must outlast a few failures. */
const RETRY_MS = 100;
/** Notifications closer together than this, in ms, count as one: every stop of every user notifies every worker. */
const GAP_MS = 100;

/** Renews all leases of the worker in one statement, and interrupts what was stopped or is no longer held. */
export class Leases {
  readonly #ports: LeasePorts;
  readonly #loop = new Loop();
  #stops: WakeSignal | undefined;
  /** Whether the last renewal failed. */
  #failed = false;

  constructor(ports: LeasePorts) {
    this.#ports = ports;
  }

  async start(): Promise<void> {
    const { notifier, clock } = this.#ports;
    const stops = await WakeSignal.subscribe(notifier, 'stops', clock);
    this.#stops = stops;
    this.#loop.start((signal) => this.#round(stops, signal));
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
    this.#stops?.close();
  }

  async #round(stops: WakeSignal, signal: AbortSignal): Promise<void> {
    const { clock, runner, leaseMs } = this.#ports;
    const everyMs = Math.min(RENEW_MS, leaseMs / 3);
    const notified = await stops.wait(this.#failed ? RETRY_MS : everyMs, signal);
    if (runner.running.size > 0) this.#failed = !(await this.#renew());
    // A notification that comes meanwhile ends the next wait at once.
    if (notified) await clock.sleep(GAP_MS, signal);
  }

  /** False when Postgres could not be asked. Of failures in a row the first is logged. */
  async #renew(): Promise<boolean> {
    const { store, runner, leaseMs, logger } = this.#ports;
    const asked = runner.running;
    try {
      const held = await store.renew(runner.worker, asked, leaseMs);
      for (const { messageId, stopRequested } of held) {
        if (stopRequested) runner.interrupt(messageId, 'stop');
      }
      // Only what ran before the query: a later claim is valid, though not in the result.
      const kept = new Set(held.map(({ messageId }) => messageId));
      for (const messageId of asked) {
        if (!kept.has(messageId)) runner.interrupt(messageId, 'taken');
      }
      return true;
    } catch (error) {
      // Nobody can claim while Postgres is down; a claim lost meanwhile is found by the log's fence.
      if (!this.#failed) logger.warn('leases not renewed', { error });
      return false;
    }
  }
}
