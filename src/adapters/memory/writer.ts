import type { LogWriter, Snapshot, Written } from '../../generation/generation-log.js';
import type { Outcome } from '../../generation/outcome.js';
import { LogBuffer } from './log-buffer.js';

/** Gives a writer access to its log. */
export interface LogSlot {
  log(): LogBuffer | undefined;
  put(log: LogBuffer): void;
  /** Wakes the log's readers. */
  notify(): void;
}

/** Writes one attempt's text into memory. */
export class MemoryLogWriter implements LogWriter {
  readonly #slot: LogSlot;
  readonly #attempt: number;

  constructor(slot: LogSlot, attempt: number) {
    this.#slot = slot;
    this.#attempt = attempt;
  }

  async begin(start: number): Promise<Written> {
    return this.#write(start, (log) => log.begin(this.#attempt, start));
  }

  async append(at: number, text: string, outcome?: Outcome): Promise<Written> {
    const end = at + Buffer.byteLength(text);
    return this.#write(end, (log) => log.append(this.#attempt, at, text, outcome));
  }

  async restore(snapshot: Snapshot): Promise<Written> {
    const log = this.#slot.log();
    if (log && log.fence > this.#attempt) return { kind: 'fenced' };
    if (!log || log.fence < this.#attempt || log.lacks(snapshot)) {
      this.#slot.put(new LogBuffer(this.#attempt, snapshot));
      this.#slot.notify();
    }
    return { kind: 'written', position: Buffer.byteLength(snapshot.text) };
  }

  #write(position: number, write: (log: LogBuffer) => boolean): Written {
    const log = this.#slot.log();
    if (log && log.fence > this.#attempt) return { kind: 'fenced' };
    if (!log || log.fence < this.#attempt || !write(log)) return { kind: 'lost' };
    this.#slot.notify();
    return { kind: 'written', position };
  }
}
