import type { Socket } from 'socket.io';
import type { Clock } from '../../kernel/clock.js';

/** A connection with this much waiting, in UTF-16 units, leaves its rooms until it has drained. */
export const HIGH_WATER = 65_536;

/** While a socket catches up, no more than this may wait: small frames share a poll, a large one goes alone. */
const LOW_WATER = 16_384;

/**
 * The send buffer of a connection. Engine.IO keeps there, without a bound, what its transport cannot take yet. The
 * transport takes all of it as one batch when the kernel, or a poll, has taken the batch before.
 */
export class SendBuffer {
  /** The Engine.IO connection, over whatever transport it has at the moment. */
  readonly #connection: Socket['conn'];
  readonly #clock: Clock;
  readonly #slowMs: number;
  #waiting = 0;
  #drained: Promise<void> | undefined;
  #emptied = new AbortController();

  /** A connection that takes nothing for `slowMs` while a subscription waits for it is closed. */
  constructor(connection: Socket['conn'], clock: Clock, slowMs: number) {
    this.#connection = connection;
    this.#clock = clock;
    this.#slowMs = slowMs;
    connection.on('packetCreate', ({ data }: { data?: string | Buffer }) => {
      this.#waiting += data?.length ?? 0;
    });
    connection.on('flush', () => this.#empty());
    connection.once('close', () => this.#empty());
  }

  /** UTF-16 units of the packets in the buffer, the batch on its way not counted. */
  get waiting(): number {
    return this.#waiting;
  }

  get full(): boolean {
    return this.#waiting >= HIGH_WATER;
  }

  /** Resolves when there is room for a frame, or the connection is closed. Undefined when there is room now. */
  drained(): Promise<void> | undefined {
    if (this.#waiting < LOW_WATER) return undefined;
    this.#drained ??= this.#waitUntilDrained();
    return this.#drained;
  }

  async #waitUntilDrained(): Promise<void> {
    const emptied = new AbortController();
    this.#emptied = emptied;
    await this.#clock.sleep(this.#slowMs, emptied.signal);
    this.#drained = undefined;
    // Discards the buffer: closing in order would wait for it for ever.
    if (!emptied.signal.aborted) this.#connection.close(true);
  }

  #empty(): void {
    this.#waiting = 0;
    this.#emptied.abort();
  }
}
