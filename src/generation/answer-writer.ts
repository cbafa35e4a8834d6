import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import { retry } from '../kernel/retry.js';
import type { AttemptStore } from './attempt-store.js';
import type { AttemptStart } from './attempts.js';
import type { Flushable } from './flusher.js';
import type { GenerationLog, LogWriter, Snapshot, Written } from './generation-log.js';
import type { Claim, Ownership } from './generation-store.js';
import type { Outcome } from './outcome.js';

export interface AnswerWriterPorts {
  readonly log: GenerationLog;
  readonly store: AttemptStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Delay before a failed write is tried again, in ms. */
const RETRY_MS = 100;

/** Why the writer must stop: another attempt has the generation, or it was deleted. */
export type Loss = Exclude<Ownership, 'owned'>;

/**
 * Writes an answer to the log. Keeps the whole text until the row is final, so that a log that lost its text can be
 * restored. Before a restore it asks Postgres whether the generation still belongs to this attempt: otherwise the text
 * of a deleted conversation would come back.
 */
export class AnswerWriter implements Flushable {
  readonly #claim: Claim;
  readonly #log: GenerationLog;
  readonly #store: AttemptStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #writer: LogWriter;
  readonly #onLoss: (loss: Loss) => void;
  readonly #attempts: readonly AttemptStart[];
  /** Text that the log has acknowledged. */
  #written: string;
  #position: number;
  /** Text that the log has not acknowledged. */
  #pending = '';
  #pendingBytes = 0;
  #outcome: Outcome | undefined;
  /** Whether Postgres has recorded where this attempt starts. Nothing is written before that. */
  #recorded: boolean;
  /** Whether the log has recorded it. */
  #begun: boolean;
  #sealed = false;
  /** Whether the last write succeeded. */
  #healthy = true;
  /** How often the log was made or restored, and the last of these after which ownership was checked. */
  #restores: number;
  #confirmedRestore = 0;
  #loss: Loss | undefined;
  #writing: Promise<void> | undefined;

  /** `inherited` is the text of earlier attempts that this one continues. */
  constructor(
    ports: AnswerWriterPorts,
    claim: Claim,
    writer: LogWriter,
    inherited: string,
    onLoss: (loss: Loss) => void,
  ) {
    this.#log = ports.log;
    this.#store = ports.store;
    this.#clock = ports.clock;
    this.#logger = ports.logger;
    this.#claim = claim;
    this.#writer = writer;
    this.#written = inherited;
    this.#position = Buffer.byteLength(inherited);
    this.#attempts = [...claim.attempts, { attempt: claim.attempt, start: this.#position }];
    this.#onLoss = onLoss;
    // A first attempt starts at 0: Postgres records it with the claim, the log as it is opened.
    this.#recorded = claim.attempt === 1;
    this.#begun = claim.attempt === 1;
    this.#restores = claim.attempt === 1 ? 1 : 0;
  }

  /**
   * Records in Postgres where this attempt starts. The first flush records it in the log. In this order, because a log
   * may be lost: if only the log knew the start, readers of text that the attempt dropped would get no `reset`.
   */
  async begin(): Promise<void> {
    if (this.#recorded) {
      // Not awaited: the model is asked meanwhile. Until it succeeds nothing is written.
      void this.#confirmed().catch(() => undefined);
      return;
    }
    const ownership = await this.#store.begin(this.#claim, this.#position);
    if (ownership === 'owned') this.#recorded = true;
    else this.#lose(ownership);
  }

  /** The whole text, flushed or not. */
  get text(): string {
    return this.#written + this.#pending;
  }

  /** Its length in bytes of UTF-8. */
  get bytes(): number {
    return this.#position + this.#pendingBytes;
  }

  get loss(): Loss | undefined {
    return this.#loss;
  }

  /** Adds text. The next flush writes it. */
  push(text: string): void {
    this.#pending += text;
    this.#pendingBytes += Buffer.byteLength(text);
  }

  /** Writes what was pushed. If the log or Postgres fails, the text stays for the next flush. Never rejects. */
  async flush(): Promise<void> {
    this.#writing ??= this.#flushPending().then(
      () => this.#wrote(true),
      () => this.#wrote(false),
    );
    await this.#writing;
  }

  /**
   * Writes the last piece of text together with the outcome. Resolves when the log has them, when the claim is lost, or
   * when `signal` aborts: the log may be down for longer than the final row can wait.
   */
  async seal(ending: string, outcome: Outcome, signal: AbortSignal): Promise<void> {
    this.push(ending);
    this.#outcome = outcome;
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    while (!this.#sealed && !this.#loss && !signal.aborted) {
      await Promise.race([this.flush(), aborted]);
      if (!this.#healthy) await this.#clock.sleep(RETRY_MS, signal);
    }
  }

  /**
   * Writes what is left, for the attempt that continues. If the log was restored, waits until ownership is confirmed,
   * however long Postgres is down. Afterwards `loss` tells whether the claim was lost.
   */
  async leave(): Promise<void> {
    await this.flush();
    while (this.#confirmedRestore < this.#restores && !this.#loss) {
      await this.#clock.sleep(RETRY_MS);
      await this.#confirmed().catch(() => undefined);
    }
  }

  #wrote(healthy: boolean): void {
    this.#healthy = healthy;
    this.#writing = undefined;
  }

  async #flushPending(): Promise<void> {
    if (this.#loss || this.#sealed || !this.#recorded || !(await this.#logHasBegun())) return;
    if (this.#pending === '' && !this.#outcome) return;
    const text = this.#pending;
    const outcome = this.#outcome;
    const position = await this.#write(() => this.#writer.append(this.#position, text, outcome));
    if (position === undefined) return;
    this.#sealed = outcome !== undefined;
    this.#written += text;
    this.#pending = this.#pending.slice(text.length);
    this.#pendingBytes -= position - this.#position;
    this.#position = position;
  }

  async #logHasBegun(): Promise<boolean> {
    this.#begun ||= (await this.#write(() => this.#writer.begin(this.#position))) !== undefined;
    return this.#begun;
  }

  /** Makes one write. If the log lost text, restores it and writes again. Undefined when the claim is lost. */
  async #write(write: () => Promise<Written>): Promise<number | undefined> {
    for (;;) {
      if (!(await this.#confirmed())) return undefined;
      let written = await write();
      if (written.kind === 'written') return written.position;
      if (written.kind === 'lost') {
        written = await this.#restore();
        if (written.kind === 'written') continue;
      }
      if (written.kind === 'fenced') {
        this.#lose('taken');
        return undefined;
      }
      if (this.#loss) return undefined;
    }
  }

  async #restore(): Promise<Written> {
    if (!(await this.#owned())) return { kind: 'lost' };
    this.#restores += 1;
    const restored = await this.#writer.restore(this.#snapshot());
    return (await this.#confirmed()) ? restored : { kind: 'lost' };
  }

  /**
   * Checks ownership after the log was made or restored: the conversation may have been deleted between the claim, or the
   * check before, and that moment, and deleted text must not stay in the log. Also after a restore that seemed to fail.
   *
   * Two checks may be under way, and the answer to the older one may come last. It says nothing about a restore since.
   */
  async #confirmed(): Promise<boolean> {
    while (this.#confirmedRestore < this.#restores) {
      const restore = this.#restores;
      if (!(await this.#owned())) return false;
      this.#confirmedRestore = Math.max(this.#confirmedRestore, restore);
    }
    return true;
  }

  async #owned(): Promise<boolean> {
    const ownership = await this.#store.ownership(this.#claim);
    if (ownership === 'owned') return true;
    if (ownership === 'gone') await this.#erase();
    this.#lose(ownership);
    return false;
  }

  async #erase(): Promise<void> {
    const { ref } = this.#claim;
    const options = { clock: this.#clock, logger: this.#logger, messageId: ref.messageId };
    await retry({ ...options, event: 'log not erased' }, () => this.#log.erase([ref]));
  }

  #snapshot(): Snapshot {
    return { text: this.#written, attempts: this.#attempts };
  }

  #lose(loss: Loss): void {
    if (this.#loss) return;
    this.#loss = loss;
    this.#onLoss(loss);
  }
}
