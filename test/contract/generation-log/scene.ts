import { randomUUID } from 'node:crypto';
import type {
  GenerationLog,
  GenerationRef,
  LogWriter,
  Snapshot,
} from '../../../src/generation/generation-log.js';
import type { Outcome } from '../../../src/generation/outcome.js';
import type { Notifier } from '../../../src/kernel/notifier.js';
import type { ManualClock } from '../../doubles/manual-clock.js';
import { LogReader, type Place } from '../../support/log-reader.js';

/** An implementation, as the suite holds it. */
export interface LogSubject {
  readonly log: GenerationLog;
  /** The same logs as another process sees them; the same object where there can be but one process. */
  readonly elsewhere: GenerationLog;
  readonly notifier: Notifier;
  /** The clock of both. */
  readonly clock: ManualClock;
}

export const COMPLETE: Outcome = {
  status: 'complete',
  model: 'm',
  usage: { promptTokens: 1, completionTokens: 2 },
};

export function freshRef(): GenerationRef {
  return { conversationId: randomUUID(), messageId: randomUUID(), seq: 3 };
}

/** Length in UTF-8. */
export function bytes(text: string): number {
  return Buffer.byteLength(text);
}

/** One generation's log, with its readers. */
export class LogScene {
  readonly ref = freshRef();
  readonly subject: LogSubject;
  readonly log: GenerationLog;
  readonly #readers: LogReader[] = [];

  constructor(subject: LogSubject) {
    this.subject = subject;
    this.log = subject.log;
  }

  async end(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.stop()));
  }

  read(from?: Place, log: GenerationLog = this.log): LogReader {
    const reader = new LogReader(log, this.ref, from);
    this.#readers.push(reader);
    return reader;
  }

  /** Where a reader stands that has `text`, the last of it by `attempt`. */
  place(attempt: number, text: string): Place {
    return { cursor: { seq: this.ref.seq, attempt, position: bytes(text) }, text };
  }

  async open(attempt: number): Promise<{ snapshot: Snapshot; writer: LogWriter }> {
    const opened = await this.log.open(this.ref, attempt);
    if (opened.kind === 'fenced') throw new Error(`attempt ${attempt} is fenced`);
    return opened;
  }

  /** Opens for an attempt and writes from `start`. */
  async write(attempt: number, start: number, text = ''): Promise<LogWriter> {
    const { writer } = await this.open(attempt);
    expect(await writer.begin(start)).toEqual({ kind: 'written', position: start });
    if (text) await this.append(writer, start, text);
    return writer;
  }

  async append(writer: LogWriter, at: number, text: string, outcome?: Outcome): Promise<void> {
    const position = at + bytes(text);
    expect(await writer.append(at, text, outcome)).toEqual({ kind: 'written', position });
  }

  /** Writes a whole answer and closes it. */
  async writeWhole(text: string): Promise<void> {
    const writer = await this.write(1, 0);
    await this.append(writer, 0, text, COMPLETE);
    await this.log.close(this.ref);
  }
}
