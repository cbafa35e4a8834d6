import type { Clock } from '../kernel/clock.js';
import { retry } from '../kernel/retry.js';
import type { AttemptStart } from './attempts.js';
import type { Flushable } from './flusher.js';
import type { GenerationLog, LogWriter, Snapshot, Written } from './generation-log.js';
import type { Claim, GenerationStore, Ownership } from './generation-store.js';
import type { Outcome } from './outcome.js';

export interface AnswerWriterPorts {
  readonly log: GenerationLog;
  readonly store: GenerationStore;
  readonly clock: Clock;
}

/** How long after a failed write the log is tried again, in ms. */
const RETRY_MS = 100;

/** Why an answer can be written no further: somebody else has the generation, or it was deleted. */
export type Loss = Exclude<Ownership, 'owned'>;

/**
 * An answer as its worker writes it. Keeps the whole text until the row is final, so that a log which lost it can be
 * given it back: but only after Postgres has said that the generation is still this attempt's, or deleted text
 * would come back.
 */
export class AnswerWriter implements Flushable {
  readonly #claim: Claim;
  readonly #log: GenerationLog;
  readonly #store: GenerationStore;
  readonly #clock: Clock;
  readonly #writer: LogWriter;
  readonly #onLoss: (loss: Loss) => void;
  readonly #attempts: readonly AttemptStart[];
  /** What the log has been given and has acknowledged. */
  #written: string;
  #position: number;
  /** What it has not. */
  #pending = '';
  #pendingBytes = 0;
  #outcome: Outcome | undefined;
  /** Whether Postgres knows where this attempt starts; nothing is written before. */
  #recorded = false;
  /** Whether the log knows it. */
  #begun = false;
  #sealed = false;
  /** Whether the last write went well. */
  #healthy = true;
  /** Whether the log was given its text back, and Postgres has not been asked since. */
  #unconfirmed = false;
  #loss: Loss | undefined;
  #writing: Promise<void> | undefined;

  /** `inherited` is the text after which it goes on. */
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
    this.#claim = claim;
    this.#writer = writer;
    this.#written = inherited;
    this.#position = Buffer.byteLength(inherited);
    this.#attempts = [...claim.attempts, { attempt: claim.attempt, start: this.#position }];
    this.#onLoss = onLoss;
  }

  /**
   * Records where it begins, in Postgres first: a start that only the log knew would be forgotten with it, and readers
   * of text that it dropped would not be told. The log is told by the first flush.
   */
  async begin(): Promise<void> {
    const ownership = await this.#store.begin(this.#claim, this.#position);
    if (ownership === 'owned') this.#recorded = true;
    else this.#lose(ownership);
  }

  /** The whole text, written or not. */
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

  /** Adds text, to be written by the next flush. */
  push(text: string): void {
    this.#pending += text;
    this.#pendingBytes += Buffer.byteLength(text);
  }

  /** Writes what was pushed. A failure of the log, or of Postgres' word on it, leaves the text for the next flush. */
  async flush(): Promise<void> {
    this.#writing ??= this.#flushPending().then(
      () => this.#wrote(true),
      () => this.#wrote(false),
    );
    await this.#writing;
  }

  /**
   * Writes `ending`, which must come last, together with the outcome. Resolves when the log has it, on a loss, or when
   * `signal` aborts: the log may be away for longer than the row can wait.
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
   * Writes once more, for whoever goes on. Resolves when it is known that what was restored may stay, however long
   * Postgres is away; `loss` says otherwise.
   */
  async leave(): Promise<void> {
    await this.flush();
    while (this.#unconfirmed && !this.#loss) {
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

  /** One write, made again after a restore as often as the log loses what it had. Undefined on a loss of the claim. */
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
    this.#unconfirmed = true;
    const restored = await this.#writer.restore(this.#snapshot());
    return (await this.#confirmed()) ? restored : { kind: 'lost' };
  }

  /**
   * The conversation may have been deleted between the question and the restore: deleted text must not stay. Asked until
   * there is an answer, also when the restore seemed to fail.
   */
  async #confirmed(): Promise<boolean> {
    if (this.#unconfirmed && !(await this.#owned())) return false;
    this.#unconfirmed = false;
    return true;
  }

  async #owned(): Promise<boolean> {
    const ownership = await this.#store.ownership(this.#claim);
    if (ownership === 'owned') return true;
    if (ownership === 'gone') await retry(this.#clock, () => this.#log.erase([this.#claim.ref]));
    this.#lose(ownership);
    return false;
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
