import type {
  GenerationLog,
  GenerationRef,
  Opened,
  Read,
  Snapshot,
} from '../../generation/generation-log.js';
import { readLog } from '../../generation/log-reader.js';
import { startsInsideCharacter } from '../../generation/utf8.js';
import type { Clock } from '../../kernel/clock.js';
import { conversationTopic, type Notifier } from '../../kernel/notifier.js';
import type { Cursor } from '../../protocol/cursor.js';
import { ChangeSignal } from '../change-signal.js';
import { Listeners } from '../listeners.js';
import { Ticker } from '../ticker.js';
import { LogBuffer } from './log-buffer.js';
import { type LogSlot, MemoryLogWriter } from './writer.js';

export interface MemoryGenerationLogOptions {
  /** Wakes the readers of a conversation's logs. */
  readonly notifier: Notifier;
  readonly clock: Clock;
  /** How long a closed log is kept. */
  readonly retentionSeconds: number;
  /** Whether readers are told when text was appended. */
  readonly timed?: boolean;
}

/** How often waiting readers read again without a notification. */
const POLL_MS = 5000;

/** Generation logs in the memory of a single process. */
export class MemoryGenerationLog implements GenerationLog {
  readonly #notifier: Notifier;
  readonly #clock: Clock;
  readonly #retentionMs: number;
  readonly #timed: boolean;
  readonly #ticker: Ticker;
  readonly #readers = new Listeners<void>();
  readonly #logs = new Map<string, LogBuffer>();
  /** Until when closed logs are kept, in the order of expiry. */
  readonly #closed = new Map<string, number>();

  constructor({ notifier, clock, retentionSeconds, timed = false }: MemoryGenerationLogOptions) {
    this.#notifier = notifier;
    this.#clock = clock;
    this.#retentionMs = retentionSeconds * 1000;
    this.#timed = timed;
    this.#ticker = new Ticker(clock, POLL_MS);
  }

  async open(ref: GenerationRef, attempt: number): Promise<Opened> {
    this.#dropExpired();
    const slot = this.#slotOf(ref);
    const log = slot.log() ?? new LogBuffer(attempt, { text: '', attempts: [] }, this.#timed);
    if (log.fence > attempt) return { kind: 'fenced' };
    log.fence = attempt;
    if (attempt === 1) log.begin(attempt, 0);
    slot.put(log);
    return { kind: 'opened', snapshot: log.snapshot, writer: new MemoryLogWriter(slot, attempt) };
  }

  async *read(ref: GenerationRef, from: Cursor, signal: AbortSignal): AsyncGenerator<Read, void> {
    const changes = new ChangeSignal();
    const wake = (): void => changes.notify();
    const unsubscribe = await this.#notifier.subscribe(conversationTopic(ref.conversationId), wake);
    this.#readers.add(ref.messageId, wake);
    this.#ticker.join(wake);
    try {
      const readPage = async (position: number) => this.#logs.get(ref.messageId)?.readPage(position);
      yield* readLog({ changes, readPage }, from, signal);
    } finally {
      this.#ticker.leave(wake);
      this.#readers.delete(ref.messageId, wake);
      unsubscribe();
    }
  }

  async peek(ref: GenerationRef): Promise<Snapshot | undefined> {
    return this.#logs.get(ref.messageId)?.snapshot;
  }

  async startsCharacter(ref: GenerationRef, position: number): Promise<boolean> {
    const logPage = this.#logs.get(ref.messageId)?.readPage(position);
    return !logPage || !startsInsideCharacter(logPage.page);
  }

  async close(ref: GenerationRef): Promise<boolean> {
    const { messageId } = ref;
    const log = this.#logs.get(messageId);
    if (log) {
      log.closed = true;
      this.#closed.delete(messageId);
      this.#closed.set(messageId, this.#clock.now() + this.#retentionMs);
    }
    this.#readers.call(messageId);
    this.#dropExpired();
    return log?.sealed ?? false;
  }

  async erase(refs: readonly GenerationRef[]): Promise<void> {
    for (const { messageId } of refs) {
      this.#drop(messageId);
      this.#readers.call(messageId);
    }
  }

  #slotOf({ messageId }: GenerationRef): LogSlot {
    return {
      log: () => this.#logs.get(messageId),
      put: (log) => this.#logs.set(messageId, log),
      notify: () => this.#readers.call(messageId),
    };
  }

  #dropExpired(): void {
    for (const [messageId, until] of this.#closed) {
      if (until > this.#clock.now()) return;
      this.#drop(messageId);
    }
  }

  #drop(messageId: string): void {
    this.#logs.delete(messageId);
    this.#closed.delete(messageId);
  }
}
