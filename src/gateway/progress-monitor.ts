import type { FollowEvent } from '../generation/follow.js';
import type { GenerationReader, PendingGeneration } from '../generation/generation-reader.js';
import type { Clock } from '../kernel/clock.js';
import type { ThinkingFrame, WaitingFrame } from '../protocol/frames.js';

export interface ProgressPorts {
  readonly reader: GenerationReader;
  readonly clock: Clock;
}

/** An answer whose text begins within this time, in ms, needs no sign. */
const FIRST_LOOK_MS = 200;
/** How often the state is looked at while an answer has no text, in ms. */
const LOOK_MS = 2000;
/** `thinking` is repeated this often, in ms. */
const THINKING_MS = 5000;

/** What was last sent for an answer. */
type Sent =
  | { readonly kind: 'waiting'; readonly ahead: number }
  | { readonly kind: 'thinking'; readonly at: number };

/**
 * Tells the viewers of a conversation why nothing is to be seen yet: an answer waits for others (`waiting`), or the model is
 * at work and has written nothing (`thinking`). These frames are signs only: they have no cursor and may be missed.
 * Asks Postgres only while an answer without text is open.
 */
export class ProgressMonitor {
  readonly #ports: ProgressPorts;
  readonly #conversationId: string;
  readonly #send: (frame: WaitingFrame | ThinkingFrame) => void;
  readonly #sent = new Map<string, Sent>();
  /** Answers that have text, or have ended. */
  readonly #visible = new Set<string>();
  #looking: AbortController | undefined;

  constructor(
    ports: ProgressPorts,
    conversationId: string,
    send: (frame: WaitingFrame | ThinkingFrame) => void,
  ) {
    this.#ports = ports;
    this.#conversationId = conversationId;
    this.#send = send;
  }

  /** Begins to look. It stops by itself when no open answer is without text. */
  start(): void {
    if (this.#looking) return;
    const looking = new AbortController();
    this.#looking = looking;
    void this.#run(looking.signal).finally(() => {
      if (this.#looking === looking) this.#looking = undefined;
    });
  }

  stop(): void {
    this.#looking?.abort();
    this.#looking = undefined;
    this.#sent.clear();
    this.#visible.clear();
  }

  /** Takes in what the viewers are sent. */
  observe(event: FollowEvent): void {
    if (event.kind === 'accepted') this.start();
    else if (event.kind === 'text') this.#visible.add(event.messageId);
    else if (event.kind === 'ended') this.#forget(event.message.id);
  }

  #forget(messageId: string): void {
    this.#visible.delete(messageId);
    this.#sent.delete(messageId);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, reader } = this.#ports;
    await clock.sleep(FIRST_LOOK_MS, signal);
    while (!signal.aborted) {
      // A sign may be missed: while Postgres is down there is none.
      const pending = await reader.pending(this.#conversationId).catch(() => undefined);
      if (signal.aborted) return;
      const silent = pending?.filter(({ messageId }) => !this.#visible.has(messageId));
      if (silent?.length === 0) return;
      for (const generation of silent ?? []) this.#sign(generation);
      await clock.sleep(LOOK_MS, signal);
    }
  }

  #sign({ messageId, running, ahead }: PendingGeneration): void {
    const sent = this.#sent.get(messageId);
    const now = this.#ports.clock.now();
    const conversationId = this.#conversationId;
    if (running) {
      if (sent?.kind === 'thinking' && now - sent.at < THINKING_MS) return;
      this.#sent.set(messageId, { kind: 'thinking', at: now });
      this.#send({ type: 'thinking', conversationId, messageId });
    } else if (ahead > 0 && !(sent?.kind === 'waiting' && sent.ahead === ahead)) {
      this.#sent.set(messageId, { kind: 'waiting', ahead });
      this.#send({ type: 'waiting', conversationId, messageId, ahead });
    }
  }
}
