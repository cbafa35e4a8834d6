import { ChangeSignal } from '../../../src/adapters/change-signal.js';
import { LogBuffer } from '../../../src/adapters/memory/log-buffer.js';
import { MemoryLogWriter } from '../../../src/adapters/memory/writer.js';
import type {
  GenerationLog,
  GenerationRef,
  LogWriter,
  Opened,
  Read,
  Snapshot,
} from '../../../src/generation/generation-log.js';
import { type LogPage, readLog } from '../../../src/generation/log-reader.js';
import { startsInsideCharacter } from '../../../src/generation/utf8.js';
import { conversationTopic, type Notifier } from '../../../src/kernel/notifier.js';
import type { Cursor } from '../../../src/protocol/cursor.js';
import type { Network } from '../network.js';
import type { Process } from '../process.js';
import type { LogServer } from './log-server.js';

/** Pages are small, so that answers have several and characters are cut, in bytes. */
const PAGE_BYTES = 100;
/** How often waiting readers look, whatever the notifier says, in ms. */
const LOOK_MS = 5000;

/**
 * The log as one process reaches it over the network. The steps are those of adapters/memory, and readers go by the
 * rules of generation/reading.ts.
 */
export class ModelGenerationLog implements GenerationLog {
  readonly #server: LogServer;
  readonly #network: Network;
  readonly #process: Process;
  readonly #notifier: Notifier;

  constructor(server: LogServer, network: Network, process: Process, notifier: Notifier) {
    this.#server = server;
    this.#network = network;
    this.#process = process;
    this.#notifier = notifier;
  }

  async open(ref: GenerationRef, attempt: number): Promise<Opened> {
    const place = this.#server.placeOf(ref);
    const snapshot = await this.#call(`open ${ref.messageId}/${attempt}`, () => {
      const log = place.log() ?? new LogBuffer(attempt, { text: '', attempts: [] });
      if (log.fence > attempt) return undefined;
      log.fence = attempt;
      if (attempt === 1) log.begin(attempt, 0);
      place.put(log);
      return log.snapshot;
    });
    if (!snapshot) return { kind: 'fenced' };
    const writer = new MemoryLogWriter(place, attempt);
    return { kind: 'opened', snapshot, writer: this.#remote(writer, ref, `${ref.messageId}/${attempt}`) };
  }

  async *read(ref: GenerationRef, from: Cursor, signal: AbortSignal): AsyncGenerator<Read, void> {
    const changes = new ChangeSignal();
    const wake = (): void => changes.notify();
    const unsubscribe = await this.#notifier.subscribe(conversationTopic(ref.conversationId), wake);
    const forget = this.#server.changes.subscribe(ref.messageId, this.#process, wake);
    const left = new AbortController();
    void this.#tick(wake, left.signal);
    try {
      yield* readLog({ changes, readPage: (position) => this.#look(ref, position) }, from, signal);
    } finally {
      left.abort();
      forget();
      unsubscribe();
    }
  }

  peek(ref: GenerationRef): Promise<Snapshot | undefined> {
    return this.#call(`peek ${ref.messageId}`, () => this.#server.get(ref.messageId)?.snapshot);
  }

  async startsCharacter(ref: GenerationRef, position: number): Promise<boolean> {
    const look = await this.#look(ref, position);
    return !look || !startsInsideCharacter(look.page);
  }

  close(ref: GenerationRef): Promise<boolean> {
    return this.#call(`close ${ref.messageId}`, () => {
      const log = this.#server.get(ref.messageId);
      if (log) log.closed = true;
      this.#server.changes.publish(ref.messageId);
      return log?.sealed ?? false;
    });
  }

  erase(refs: readonly GenerationRef[]): Promise<void> {
    return this.#call(`erase ${refs.map(({ messageId }) => messageId).join(' ')}`, () =>
      this.#server.erase(refs),
    );
  }

  /** A log that cannot be reached is as one that is missing. */
  #look({ messageId }: GenerationRef, position: number): Promise<LogPage | undefined> {
    return this.#call(`look ${messageId} ${position}`, () => {
      const look = this.#server.get(messageId)?.readPage(position);
      return look && { ...look, page: Buffer.from(look.page.subarray(0, PAGE_BYTES)) };
    }).catch(() => undefined);
  }

  async #tick(wake: () => void, left: AbortSignal): Promise<void> {
    while (!left.aborted) {
      await this.#process.sleep(LOOK_MS, left);
      wake();
    }
  }

  #remote(writer: LogWriter, ref: GenerationRef, name: string): LogWriter {
    return {
      begin: (start) => this.#call(`log.begin ${name} at ${start}`, () => writer.begin(start)),
      append: (at, text, outcome) =>
        this.#call(
          `append ${name} at ${at}: ${JSON.stringify(text)}${outcome ? ` ${outcome.status}` : ''}`,
          () => {
            this.#wrote(ref, at + Buffer.byteLength(text));
            return writer.append(at, text, outcome);
          },
        ),
      restore: async (snapshot) => {
        // It carries the whole text. Much can happen between the question whether it may, and this.
        if (this.#network.hindered(0.3)) await this.#process.sleep(this.#network.random.between(0, 1000));
        return this.#call(`restore ${name}: ${Buffer.byteLength(snapshot.text)} bytes`, () => {
          this.#server.restorers.set(ref.messageId, this.#process);
          return writer.restore(snapshot);
        });
      },
    };
  }

  #wrote({ messageId }: GenerationRef, end: number): void {
    const writes = this.#server.writes.get(messageId) ?? [];
    this.#server.writes.set(messageId, [...writes, { end, at: this.#process.now() }]);
  }

  #call<T>(what: string, step: () => T | Promise<T>): Promise<T> {
    return this.#network.call(this.#process, 'log', what, step);
  }
}
