import type { Audit, AuditEvent } from '../kernel/audit.js';
import type { Clock } from '../kernel/clock.js';
import { type AuditEntry, type EntryRef, hashOf, NO_HASH, sign } from './chain.js';
import type { AuditStore } from './ports.js';
import { RepeatedRefusals } from './repeated-refusals.js';

export interface AuditTrailOptions {
  readonly store: AuditStore;
  readonly clock: Clock;
  /** Signs the heads. */
  readonly key: Buffer;
  /** Of this process, a UUID. */
  readonly writer: string;
  /** Told why entries could not be written; they are tried again. */
  readonly onFailure: (error: unknown) => void;
}

/** How long events gather before they are written together, in ms. A process that is killed loses these. */
const GATHER_MS = 200;
/** Entries of one statement. */
const BATCH = 500;
/** How many events wait while the database is away. What comes then is counted, and the count is an entry of its own. */
const MAX_WAITING = 20_000;
/** Between two tries, in ms. */
const RETRY_MS = 1000;
/** How long a stop waits for what is left to be written, in ms. */
const STOP_MS = 5000;

type Recorded = AuditEvent & { readonly at: string };

/**
 * The audit trail of one process: a chain of its own, so that no process waits for another one's entries. Events are written
 * in batches, in the order in which they were recorded.
 */
export class AuditTrail implements Audit {
  readonly #options: AuditTrailOptions;
  readonly #waiting: Recorded[] = [];
  readonly #refusals: RepeatedRefusals;
  readonly #stopped = new AbortController();
  #lost = 0;
  #seq = 0;
  #hash: Buffer = NO_HASH;
  #wake: () => void = () => {};
  #running: Promise<void> = Promise.resolve();

  constructor(options: AuditTrailOptions) {
    this.#options = options;
    this.#refusals = new RepeatedRefusals(options.clock, (event) => this.#add(event));
  }

  start(): void {
    this.#running = this.#run();
    this.record({ operation: 'auditStart', kind: 'execute', outcome: 'success' });
  }

  record(event: AuditEvent): void {
    if (event.outcome === 'success') this.#add(event);
    else this.#refusals.add(event);
  }

  /** Writes what is left, if the database takes it in time. */
  async stop(): Promise<void> {
    this.#refusals.flush();
    this.record({ operation: 'auditStop', kind: 'execute', outcome: 'success' });
    this.#stopped.abort();
    this.#wake();
    await this.#running;
  }

  #add(event: AuditEvent): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#lost += event.count ?? 1;
      return;
    }
    this.#waiting.push({ ...event, at: new Date().toISOString() });
    this.#wake();
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopped;
    while (this.#waiting.length > 0 || !signal.aborted) {
      if (this.#waiting.length === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      await clock.sleep(GATHER_MS, signal);
      this.#refusals.flushOld();
      if (!(await this.#write(this.#waiting.slice(0, BATCH)))) return;
    }
  }

  /** False when the process is to stop and the database does not take them. */
  async #write(batch: readonly Recorded[]): Promise<boolean> {
    const { store, clock, key, onFailure } = this.#options;
    const { signal } = this.#stopped;
    let entries: readonly AuditEntry[] | undefined;
    for (let tries = 0; ; tries++) {
      try {
        entries ??= this.#chained(batch, this.#seq === 0 ? await store.newestHead() : undefined);
        const last = entries.at(-1) as AuditEntry;
        await store.append(entries, sign({ ...last, hash: last.hash.toString('hex') }, key));
        this.#seq = last.seq;
        this.#hash = last.hash;
        this.#waiting.splice(0, batch.length);
        this.#tellLost();
        return true;
      } catch (error) {
        onFailure(error);
        if (signal.aborted && tries * RETRY_MS >= STOP_MS) return false;
        await clock.sleep(RETRY_MS);
      }
    }
  }

  #chained(batch: readonly Recorded[], after: EntryRef | undefined): readonly AuditEntry[] {
    let { seq, hash } = { seq: this.#seq, hash: this.#hash };
    return batch.map((event) => {
      const entry = {
        ...event,
        writer: this.#options.writer,
        seq: ++seq,
        ...(seq === 1 && after && { after }),
      };
      hash = hashOf(hash, entry);
      return { ...entry, hash };
    });
  }

  #tellLost(): void {
    if (this.#lost === 0) return;
    const count = this.#lost;
    this.#lost = 0;
    this.#add({ operation: 'auditLost', kind: 'execute', outcome: 'failed', count });
  }
}
