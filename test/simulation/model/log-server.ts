import { LogBuffer } from '../../../src/adapters/memory/log-buffer.js';
import type { LogSlot } from '../../../src/adapters/memory/writer.js';
import type { GenerationRef } from '../../../src/generation/generation-log.js';
import type { Process } from '../process.js';
import type { PubSub } from './pub-sub.js';

/** What all processes share of the log: the logs, and who is to be told that one has changed. */
export class LogServer {
  readonly changes: PubSub;
  #logs = new Map<string, LogBuffer>();
  /** Erased, and not brought back by a rollback: no text may be there again. */
  readonly erased = new Set<string>();

  constructor(changes: PubSub) {
    this.changes = changes;
  }

  /** When each piece of text was appended. */
  readonly writes = new Map<string, { end: number; at: number }[]>();
  /** Who last gave a log its text back. */
  readonly restorers = new Map<string, Process>();

  get all(): ReadonlyMap<string, LogBuffer> {
    return this.#logs;
  }

  get(messageId: string): LogBuffer | undefined {
    return this.#logs.get(messageId);
  }

  placeOf({ messageId }: GenerationRef): LogSlot {
    return {
      log: () => this.#logs.get(messageId),
      put: (log) => this.#logs.set(messageId, log),
      notify: () => this.changes.publish(messageId),
    };
  }

  erase(refs: readonly GenerationRef[]): void {
    for (const { messageId } of refs) {
      this.#logs.delete(messageId);
      this.erased.add(messageId);
      this.changes.publish(messageId);
    }
  }

  loseAll(): void {
    this.#logs.clear();
  }

  /** Keeps what is there now; the returned function brings it back, and nothing else. */
  save(): () => void {
    const saved = [...this.#logs].map(([id, { fence, closed, snapshot }]) => ({
      id,
      fence,
      closed,
      snapshot,
    }));
    return () => {
      this.#logs = new Map();
      for (const { id, fence, closed, snapshot } of saved) {
        const log = new LogBuffer(fence, snapshot);
        log.closed = closed;
        this.#logs.set(id, log);
        this.erased.delete(id);
      }
    };
  }
}
