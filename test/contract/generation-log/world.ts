import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { beginningOf, LogReader, type Place } from '../../support/log-reader.js';
import type { Disaster } from './disaster.js';
import { ModelWriter } from './model-writer.js';
import { COMPLETE, freshRef, type LogSubject } from './scene.js';

export type Step =
  /** Postgres gives the generation to a new attempt. The one before may not know yet. */
  | { do: 'claim' }
  | { do: 'open' }
  /** After what is there, or all over again. */
  | { do: 'begin'; over: boolean }
  | { do: 'append'; text: string }
  /** The last call again: its reply was lost. */
  | { do: 'repeat' }
  /** An attempt that was superseded goes on. */
  | { do: 'zombie'; which: number; text: string }
  /** An attempt that was superseded after it had asked whether it may, restores. */
  | { do: 'zombieRestores'; which: number }
  /** A reader, from a place where an earlier one has been. */
  | { do: 'join'; which: number; elsewhere: boolean; pace: number }
  | { do: 'loseAll' }
  | { do: 'loseText'; part: number }
  | { do: 'save' }
  | { do: 'putBack'; which: number };

/** How long readers may take to the end of a log that is whole, in ms. Only a failure waits for so long. */
const PATIENCE_MS = 20_000;

/** Writers, readers and fate around one log. */
export class World {
  readonly #subject: LogSubject;
  readonly #disaster: Disaster | undefined;
  readonly #ref = freshRef();
  readonly #writers: ModelWriter[] = [];
  readonly #saved: (() => Promise<void>)[] = [];
  readonly #places: Place[] = [beginningOf(this.#ref)];
  readonly #readers: LogReader[] = [];
  /** What each reader failed with. */
  readonly #readings: Promise<unknown>[] = [];

  constructor(subject: LogSubject, disaster: Disaster | undefined) {
    this.#subject = subject;
    this.#disaster = disaster;
    this.#claim();
    this.#join({ which: 0, elsewhere: false, pace: 0 });
  }

  async take(step: Step): Promise<unknown> {
    switch (step.do) {
      case 'claim':
        return this.#claim();
      case 'open':
        return this.#rightful.open();
      case 'begin':
        return this.#rightful.begin(step.over);
      case 'append':
        return this.#rightful.append(step.text);
      case 'repeat':
        return this.#rightful.repeat();
      case 'zombie':
        return this.#anyWriter(step).tryToAppend(step.text);
      case 'zombieRestores':
        return this.#anyWriter(step).tryToRestore();
      case 'join':
        return this.#join(step);
      case 'loseAll':
        return this.#disaster?.loseAll(this.#ref);
      case 'loseText':
        return this.#disaster?.loseText(this.#ref, step.part);
      case 'save':
        return this.#save();
      case 'putBack':
        return this.#saved[step.which % this.#saved.length]?.();
    }
  }

  /** The rightful writer ends its answer; then every reader must have that and nothing else. */
  async finish(): Promise<void> {
    await this.#rightful.append('.', COMPLETE);
    await this.#subject.log.close(this.#ref);
    for (let which = 0; which < 30; which += 5) this.#join({ which, elsewhere: which % 2 === 0, pace: 0 });
    const late = setTimeout(() => void this.leave(), PATIENCE_MS);
    const failures = await Promise.all(this.#readings);
    clearTimeout(late);
    for (const failure of failures) if (failure) throw failure;
    for (const { text } of this.#readers) assert.equal(text, this.#rightful.text);
  }

  async leave(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.stop()));
  }

  get #rightful(): ModelWriter {
    return this.#writers.at(-1) as ModelWriter;
  }

  #anyWriter({ which }: { which: number }): ModelWriter {
    return this.#writers[which % this.#writers.length] as ModelWriter;
  }

  #claim(): void {
    this.#writers.push(new ModelWriter(this.#subject.log, this.#ref, this.#writers.length + 1));
  }

  async #save(): Promise<void> {
    if (this.#disaster) this.#saved.push(await this.#disaster.save(this.#ref));
  }

  #join({ which, elsewhere, pace }: { which: number; elsewhere: boolean; pace: number }): void {
    const log = elsewhere ? this.#subject.elsewhere : this.#subject.log;
    const reader = new LogReader(log, this.#ref, this.#places[which % this.#places.length]);
    this.#readers.push(reader);
    this.#readings.push(this.#read(reader, pace).catch((failure: unknown) => failure));
  }

  async #read(reader: LogReader, pace: number): Promise<void> {
    for (let read = await reader.next(); read; read = await reader.next()) {
      if (read.kind !== 'end') this.#places.push({ cursor: reader.cursor, text: reader.text });
      for (let turn = 0; turn < pace; turn++) await setImmediate();
    }
  }
}
