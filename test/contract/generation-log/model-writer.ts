import assert from 'node:assert/strict';
import type { AttemptStart } from '../../../src/generation/attempts.js';
import type {
  GenerationLog,
  GenerationRef,
  LogWriter,
  Snapshot,
  Written,
} from '../../../src/generation/generation-log.js';
import type { Outcome } from '../../../src/generation/outcome.js';
import { bytes } from './scene.js';

/** An attempt as its worker makes it: keeps its text, repeats what was refused, restores what was lost. */
export class ModelWriter {
  readonly #log: GenerationLog;
  readonly #ref: GenerationRef;
  readonly #attempt: number;
  #writer: LogWriter | undefined;
  #begun = false;
  #attempts: readonly AttemptStart[] = [];
  /** What the log has acknowledged. */
  #text = '';
  /** What it has not. */
  #pending = '';
  #last: (() => Promise<Written>) | undefined;

  constructor(log: GenerationLog, ref: GenerationRef, attempt: number) {
    this.#log = log;
    this.#ref = ref;
    this.#attempt = attempt;
  }

  get text(): string {
    return this.#text;
  }

  async open(): Promise<LogWriter> {
    if (this.#writer) return this.#writer;
    const opened = await this.#log.open(this.#ref, this.#attempt);
    assert(opened.kind === 'opened', 'the rightful attempt is fenced');
    this.#text = opened.snapshot.text;
    this.#attempts = opened.snapshot.attempts;
    this.#writer = opened.writer;
    return opened.writer;
  }

  async begin(over: boolean): Promise<void> {
    const writer = await this.open();
    if (this.#begun) return;
    if (over) this.#text = '';
    const start = bytes(this.#text);
    this.#attempts = [...this.#attempts, { attempt: this.#attempt, start }];
    this.#begun = true;
    await this.#insist(writer, () => writer.begin(start));
  }

  async append(text: string, outcome?: Outcome): Promise<void> {
    const writer = await this.open();
    await this.begin(false);
    this.#pending += text;
    const [at, whole] = [bytes(this.#text), this.#pending];
    await this.#insist(writer, () => writer.append(at, whole, outcome));
    this.#acknowledge();
  }

  /** Its last call again, as if the reply had been lost. */
  async repeat(): Promise<void> {
    const again = await this.#last?.();
    assert.notEqual(again?.kind, 'fenced', 'the rightful attempt is fenced');
  }

  /** Goes on though another attempt may have taken over. */
  async tryToAppend(text: string): Promise<void> {
    if (!this.#writer || !this.#begun) return;
    this.#pending += text;
    const { kind } = await this.#writer.append(bytes(this.#text), this.#pending);
    if (kind === 'written') this.#acknowledge();
  }

  async tryToRestore(): Promise<void> {
    if (this.#begun) await this.#writer?.restore(this.#snapshot());
  }

  #acknowledge(): void {
    this.#text += this.#pending;
    this.#pending = '';
  }

  #snapshot(): Snapshot {
    return { text: this.#text, attempts: this.#attempts };
  }

  /** What a rightful writer does: restore what was lost, then again. */
  async #insist(writer: LogWriter, write: () => Promise<Written>): Promise<void> {
    this.#last = write;
    let written = await write();
    if (written.kind === 'lost') {
      assert.equal((await writer.restore(this.#snapshot())).kind, 'written', 'a restore was refused');
      written = await write();
    }
    assert.equal(written.kind, 'written', 'the rightful attempt cannot write');
  }
}
