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
import { LogCipher } from '../encryption/log-cipher.js';
import { Ticker } from '../ticker.js';
import { AppendBatcher } from './append-batcher.js';
import type { RedisConnections } from './connect.js';
import { keysOf, notificationOf } from './keys.js';
import { type LogRecord, parseLogRecord } from './log-record.js';
import { EMPTY_MESSAGE, type PubsubMessage, parseMessage } from './pubsub-message.js';
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
  /** Absent: logs are not encrypted. */
  readonly ciphers?: LogCiphers;
}

/** What the log of a generation is encrypted with. Undefined when its conversation is gone. */
export type LogCiphers = (ref: GenerationRef) => Promise<LogCipher | undefined>;

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
  readonly #ciphers: LogCiphers | undefined;
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
    this.#ciphers = options.ciphers;
    this.#ticker = new Ticker(clock, POLL_MS);
    // The subscriber may reconnect, and notify, before this connection does.
    redis.reads.on('ready', () => {
      for (const { tail } of this.#tails.values()) tail.receive(EMPTY_MESSAGE);
    });
  }

  async open(ref: GenerationRef, attempt: number): Promise<Opened> {
    // What is written for a conversation that has just been deleted can be read by nobody.
    const cipher = this.#ciphers && ((await this.#ciphers(ref)) ?? LogCipher.unreadable(ref.messageId));
    const keys = keysOf(ref, cipher !== undefined);
    const record = parseLogRecord(await this.#writes.open(...keys, attempt, this.#liveSeconds));
    if (!record) return { kind: 'fenced' };
    const writer = new RedisLogWriter(
      this.#writes,
      this.#appends,
      ref,
      attempt,
      this.#liveSeconds,
      this.#timed,
      cipher,
    );
    return { kind: 'opened', snapshot: snapshotOf(decrypted(record, 0, cipher)), writer };
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
    const keys = keysOf(ref, this.#encrypts);
    const notification = notificationOf(ref, this.#encrypts);
    return (await this.#writes.close(...keys, this.#retentionSeconds, ...notification)) === 1;
  }

  async erase(refs: readonly GenerationRef[]): Promise<void> {
    // Also what was written before encryption was switched on.
    const kinds = this.#encrypts ? [true, false] : [false];
    await Promise.all(
      refs.flatMap((ref) =>
        kinds.map((sealed) => this.#writes.erase(...keysOf(ref, sealed), ...notificationOf(ref, sealed))),
      ),
    );
  }

  #share(ref: GenerationRef): SharedTail {
    const shared = this.#tails.get(ref.messageId) ?? this.#newTail(ref);
    shared.readers++;
    return shared;
  }

  #newTail(ref: GenerationRef): SharedTail {
    const [channel, name] = notificationOf(ref, this.#encrypts);
    const reading = new LogReading(ref, name, this.#ciphers);
    const fetch = async (position: number): Promise<LogPage | undefined> => {
      const record = await this.#readRecord(ref, position, PAGE_BYTES, reading);
      return record && pageOf(record);
    };
    const times = this.#timed ? new AppendTimes() : undefined;
    const tail = new Tail(name, fetch, times, (payload) => reading.parse(payload));
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

  async #readRecord(
    ref: GenerationRef,
    position: number,
    bytes: number,
    reading = new LogReading(ref, '', this.#ciphers),
  ): Promise<LogRecord | undefined> {
    const cipher = await reading.cipher();
    if (this.#encrypts && !cipher) return undefined;
    const reply = await this.#reads.read(...keysOf(ref, this.#encrypts), position, bytes);
    const record = parseLogRecord(reply);
    return record && decrypted(record, position, cipher);
  }

  get #encrypts(): boolean {
    return this.#ciphers !== undefined;
  }
}

/** Decrypts one log for its readers. The key is asked for once, and again after a failure. */
class LogReading {
  readonly #ref: GenerationRef;
  readonly #name: string;
  readonly #ciphers: LogCiphers | undefined;
  #cipher: LogCipher | undefined;

  /** @param name as messages name the log */
  constructor(ref: GenerationRef, name: string, ciphers: LogCiphers | undefined) {
    this.#ref = ref;
    this.#name = name;
    this.#ciphers = ciphers;
  }

  /** @throws when the key cannot be read now */
  async cipher(): Promise<LogCipher | undefined> {
    this.#cipher ??= await this.#ciphers?.(this.#ref);
    return this.#cipher;
  }

  /** A message with its text as it was written. Before the key is there it only says that the log has changed. */
  parse(payload: Buffer): PubsubMessage {
    const message = parseMessage(payload);
    const { appended, messageId } = message;
    if (!this.#ciphers || !appended || messageId !== this.#name) return message;
    if (!this.#cipher) return { messageId };
    const bytes = this.#cipher.ofAttempt(appended.attempt, appended.position, appended.bytes);
    return { messageId, appended: { ...appended, bytes } };
  }
}

function decrypted(record: LogRecord, position: number, cipher: LogCipher | undefined): LogRecord {
  if (!cipher) return record;
  return { ...record, text: cipher.ofAttempts(record.attempts, position, record.text) };
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
