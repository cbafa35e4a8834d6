import {
  type GenerationLog,
  type GenerationRef,
  type Opened,
  PAGE_BYTES,
  type Read,
  type Snapshot,
} from '../../generation/generation-log.js';
import { type LogPage, readLog } from '../../generation/log-reader.js';
import { startsInsideCharacter, wholeCharacters } from '../../generation/utf8.js';
import type { Clock } from '../../kernel/clock.js';
import type { Cursor } from '../../protocol/cursor.js';
import { AppendTimes } from '../append-times.js';
import { Ticker } from '../ticker.js';
import { AppendBatcher } from './append-batcher.js';
import type { RedisConnections } from './connect.js';
import { keysOf, notificationOf } from './keys.js';
import { type LogRecord, parseLogRecord } from './log-record.js';
import { EMPTY_MESSAGE } from './pubsub-message.js';
import { type Steps, stepsOver } from './scripts.js';
import type { Subscriber } from './subscriber.js';
import { Tail } from './tail.js';
import { RedisLogWriter } from './writer.js';

export interface RedisGenerationLogOptions {
  readonly redis: Pick<RedisConnections, 'writes' | 'reads'>;
  readonly subscriber: Subscriber;
  readonly clock: Clock;
  /** Called for every write that failed. */
  readonly onRefusal?: (error: Error) => void;
  /** How long a closed log is kept. */
  readonly retentionSeconds: number;
  /** How long a log is kept after its last write. */
  readonly liveSeconds: number;
  /** Whether writers say when they append, and readers are told. */
  readonly timed?: boolean;
}

/** How often waiting readers read again without a notification. */
const POLL_MS = 5000;

/** Longer than any answer. */
const WHOLE_TEXT = 2 ** 31 - 1;

/**
 * Generation logs in Redis. The text is one string. A hash beside it holds `fence` (the highest attempt that opened the
 * log), `attempts` (those that began, with their starts), `outcome` and `closed`. While Redis is down writes wait, and
 * readers treat the log as missing.
 */
export class RedisGenerationLog implements GenerationLog {
  readonly #writes: Steps;
  readonly #appends: AppendBatcher;
  readonly #reads: Steps;
  readonly #subscriber: Subscriber;
  readonly #retentionSeconds: number;
  readonly #liveSeconds: number;
  readonly #timed: boolean;
  readonly #ticker: Ticker;
  readonly #tails = new Map<string, SharedTail>();

  /** @throws when its scripts cannot be read. */
  constructor(options: RedisGenerationLogOptions) {
    const { redis, subscriber, clock, onRefusal, retentionSeconds, liveSeconds, timed = false } = options;
    this.#writes = stepsOver(redis.writes, onRefusal);
    // A script reaches the keys of one slot only.
    this.#appends = new AppendBatcher(this.#writes.append, redis.writes.isCluster ? 1 : undefined);
    this.#reads = stepsOver(redis.reads);
    this.#subscriber = subscriber;
    this.#retentionSeconds = retentionSeconds;
    this.#liveSeconds = liveSeconds;
    this.#timed = timed;
    this.#ticker = new Ticker(clock, POLL_MS);
    // The subscriber may reconnect, and notify, before this connection does.
    redis.reads.on('ready', () => {
      for (const { tail } of this.#tails.values()) tail.receive(EMPTY_MESSAGE);
    });
  }

  async open(ref: GenerationRef, attempt: number): Promise<Opened> {
    const record = parseLogRecord(await this.#writes.open(...keysOf(ref), attempt, this.#liveSeconds));
    if (!record) return { kind: 'fenced' };
    const writer = new RedisLogWriter(
      this.#writes,
      this.#appends,
      ref,
      attempt,
      this.#liveSeconds,
      this.#timed,
    );
    return { kind: 'opened', snapshot: snapshotOf(record), writer };
  }

  async *read(ref: GenerationRef, from: Cursor, signal: AbortSignal): AsyncGenerator<Read, void> {
    const shared = this.#share(ref);
    try {
      await shared.subscribed;
      yield* readLog(shared.tail, from, signal);
    } finally {
      this.#release(ref, shared);
    }
  }

  /** @throws when Redis cannot be reached. */
  async peek(ref: GenerationRef): Promise<Snapshot | undefined> {
    const record = await this.#readRecord(ref, 0, WHOLE_TEXT);
    return record && snapshotOf(record);
  }

  async startsCharacter(ref: GenerationRef, position: number): Promise<boolean> {
    // While Redis is down the position cannot be checked. The reader finds out once Redis is back.
    const record = await this.#readRecord(ref, position, 1).catch(() => undefined);
    return !record || !startsInsideCharacter(record.text);
  }

  async close(ref: GenerationRef): Promise<boolean> {
    const sealed = await this.#writes.close(...keysOf(ref), this.#retentionSeconds, ...notificationOf(ref));
    return sealed === 1;
  }

  async erase(refs: readonly GenerationRef[]): Promise<void> {
    await Promise.all(refs.map((ref) => this.#writes.erase(...keysOf(ref), ...notificationOf(ref))));
  }

  #share(ref: GenerationRef): SharedTail {
    const shared = this.#tails.get(ref.messageId) ?? this.#newTail(ref);
    shared.readers++;
    return shared;
  }

  #newTail(ref: GenerationRef): SharedTail {
    const [channel] = notificationOf(ref);
    const fetch = async (position: number): Promise<LogPage | undefined> => {
      const record = await this.#readRecord(ref, position, PAGE_BYTES);
      return record && pageOf(record);
    };
    const tail = new Tail(ref.messageId, fetch, this.#timed ? new AppendTimes() : undefined);
    const subscribed = this.#subscriber.listen(channel, (payload) => tail.receive(payload));
    const tick = (): void => tail.receive(EMPTY_MESSAGE);
    this.#ticker.join(tick);
    const stop = (): void => {
      this.#ticker.leave(tick);
      subscribed.then((unsubscribe) => unsubscribe()).catch(() => {});
    };
    const shared = { tail, subscribed, stop, readers: 0 };
    this.#tails.set(ref.messageId, shared);
    return shared;
  }

  #release(ref: GenerationRef, shared: SharedTail): void {
    shared.readers--;
    if (shared.readers > 0) return;
    this.#tails.delete(ref.messageId);
    shared.stop();
  }

  async #readRecord(ref: GenerationRef, position: number, bytes: number): Promise<LogRecord | undefined> {
    return parseLogRecord(await this.#reads.read(...keysOf(ref), position, bytes));
  }
}

/** A tail and its number of readers. */
interface SharedTail {
  readonly tail: Tail;
  /** Resolves when no later message can be missed. */
  readonly subscribed: Promise<unknown>;
  readonly stop: () => void;
  readers: number;
}

function snapshotOf({ text, attempts, outcome }: LogRecord): Snapshot {
  return { text: wholeCharacters(text).toString(), attempts, ...(outcome && { outcome }) };
}

function pageOf({ attempts, outcome, closed, length, text }: LogRecord): LogPage {
  return { attempts, length, ended: closed && outcome !== undefined, page: text };
}
