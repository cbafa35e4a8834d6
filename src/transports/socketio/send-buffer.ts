import type { Socket } from 'socket.io';
import type { Clock } from '../../kernel/clock.js';

/** A connection with this much waiting, in UTF-16 units, is told nothing more until that is on its way. */
export const FULL = 65_536;

/** So much may wait before who reads for it must stop: small frames share a poll, and a large one goes alone. */
const SOME = 16_384;

/**
 * What waits in a connection's buffer: Engine.IO keeps there, without a bound, what its transport cannot take yet. The
 * transport takes all of it as one batch when the kernel, or a poll, has taken the batch before.
 */
export class SendBuffer {
  /** Engine.IO's, over whatever transport it has just now. */
  readonly #connection: Socket['conn'];
  readonly #clock: Clock;
  readonly #patienceMs: number;
  #waiting = 0;
  #room: Promise<void> | undefined;
  #hasRoom = new AbortController();

  /** A connection that takes nothing for `patienceMs` while somebody waits for it is closed. */
  constructor(connection: Socket['conn'], clock: Clock, patienceMs: number) {
    this.#connection = connection;
    this.#clock = clock;
    this.#patienceMs = patienceMs;
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
    return this.#waiting >= FULL;
  }

  /** Resolves when there is room for a frame, or the connection is closed. */
  room(): Promise<void> {
    if (this.#waiting < SOME) return Promise.resolve();
    this.#room ??= this.#waitForRoom();
    return this.#room;
  }

  async #waitForRoom(): Promise<void> {
    const hasRoom = new AbortController();
    this.#hasRoom = hasRoom;
    await this.#clock.sleep(this.#patienceMs, hasRoom.signal);
    this.#room = undefined;
    // Without waiting for what is in the buffer: it would wait for ever.
    if (!hasRoom.signal.aborted) this.#connection.close(true);
  }

  #empty(): void {
    this.#waiting = 0;
    this.#hasRoom.abort();
  }
}
