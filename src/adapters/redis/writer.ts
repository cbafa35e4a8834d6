import type { GenerationRef, LogWriter, Snapshot, Written } from '../../generation/generation-log.js';
import type { Outcome } from '../../generation/outcome.js';
import type { LogCipher } from '../encryption/log-cipher.js';
import type { AppendBatcher } from './append-batcher.js';
import { keysOf, notificationOf } from './keys.js';
import { formatAttempts, formatSeal } from './log-record.js';
import type { Steps } from './scripts.js';

/** Writes one attempt's text into Redis. */
export class RedisLogWriter implements LogWriter {
  readonly #steps: Steps;
  readonly #keys: [text: string, log: string];
  readonly #notification: [channel: string, messageId: string];
  readonly #attempt: number;
  readonly #liveSeconds: number;
  readonly #appends: AppendBatcher;
  readonly #timed: boolean;
  readonly #cipher: LogCipher | undefined;
  /** When the keys' time to live was last renewed, in ms of `performance.now()`. */
  #renewedAt = Number.NEGATIVE_INFINITY;

  constructor(
    steps: Steps,
    appends: AppendBatcher,
    ref: GenerationRef,
    attempt: number,
    liveSeconds: number,
    timed: boolean,
    cipher?: LogCipher,
  ) {
    this.#steps = steps;
    this.#appends = appends;
    this.#keys = keysOf(ref, cipher !== undefined);
    this.#notification = notificationOf(ref, cipher !== undefined);
    this.#attempt = attempt;
    this.#liveSeconds = liveSeconds;
    this.#timed = timed;
    this.#cipher = cipher;
  }

  async begin(start: number): Promise<Written> {
    const reply = await this.#steps.begin(
      ...this.#keys,
      this.#attempt,
      start,
      this.#liveSeconds,
      ...this.#notification,
    );
    return written(reply, start);
  }

  async append(at: number, text: string, outcome?: Outcome): Promise<Written> {
    const reply = await this.#appends.append(this.#keys, [
      this.#attempt,
      at,
      this.#cipher ? this.#cipher.ofAttempt(this.#attempt, at, Buffer.from(text)) : text,
      outcome ? JSON.stringify(outcome) : '',
      this.#liveSeconds,
      this.#renews() ? 1 : '',
      ...this.#notification,
      this.#timed ? Date.now() : '',
    ]);
    if (reply === 'conflict') throw new Error('the log has other text, or another outcome, there');
    return written(reply, at + Buffer.byteLength(text));
  }

  async restore({ text, attempts, outcome }: Snapshot): Promise<Written> {
    const length = Buffer.byteLength(text);
    const reply = await this.#steps.restore(
      ...this.#keys,
      this.#attempt,
      this.#cipher ? this.#cipher.ofAttempts(attempts, 0, Buffer.from(text)) : text,
      formatAttempts(attempts),
      outcome ? formatSeal(length, outcome) : '',
      this.#liveSeconds,
      ...this.#notification,
    );
    return written(reply, length);
  }

  /** Whether an append renews the keys' time to live: not each one, or that would cost as much as the append. */
  #renews(): boolean {
    const now = performance.now();
    if (now - this.#renewedAt < this.#liveSeconds * 250) return false;
    this.#renewedAt = now;
    return true;
  }
}

function written(reply: unknown, position: number): Written {
  const kind = String(reply);
  if (kind === 'written') return { kind, position };
  return kind === 'fenced' ? { kind } : { kind: 'lost' };
}
