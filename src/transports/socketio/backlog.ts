import type { Socket } from 'socket.io';
import type { Clock } from '../../generation/clock.js';

/** The connection below a socket: Engine.IO's, over whatever transport it has just now. */
type Connection = Socket['conn'];
type Transport = Connection['transport'];

/** A connection with this much waiting, in UTF-16 units, is told nothing more until it has drained. */
export const FULL = 65_536;

/**
 * What waits in a connection's buffer: Engine.IO keeps there, without a bound, what its transport cannot take yet. The
 * transport takes one batch at a time and is ready for the next when the kernel, or the next poll, has taken that.
 */
export class Backlog {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #patienceMs: number;
  /** UTF-16 units of the packets in the buffer, the batch on its way not counted. */
  #waiting = 0;
  #draining: Promise<void> | undefined;
  #drained = new AbortController();

  /** A connection that does not drain for `patienceMs` while somebody waits for it is closed. */
  constructor(connection: Connection, clock: Clock, patienceMs: number) {
    this.#connection = connection;
    this.#clock = clock;
    this.#patienceMs = patienceMs;
    connection.on('packetCreate', ({ data }: { data?: string | Buffer }) => {
      this.#waiting += data?.length ?? 0;
    });
    connection.on('flush', () => {
      this.#waiting = 0;
    });
    const look = (): void => this.#look();
    const attend = (transport: Transport): void => void transport.on('ready', look);
    attend(connection.transport);
    connection.on('upgrade', (transport: Transport) => {
      attend(transport);
      look();
    });
    connection.once('close', look);
  }

  /** UTF-16 units. */
  get waiting(): number {
    return this.#waiting;
  }

  get full(): boolean {
    return this.#waiting >= FULL;
  }

  /** Resolves once the transport has taken everything, or the connection is closed. */
  drained(): Promise<void> {
    if (this.#isDrained) return Promise.resolve();
    this.#draining ??= this.#wait();
    return this.#draining;
  }

  async #wait(): Promise<void> {
    this.#drained = new AbortController();
    await this.#clock.sleep(this.#patienceMs, this.#drained.signal);
    this.#draining = undefined;
    // Without waiting for what is in the buffer: it would wait for ever.
    if (!this.#drained.signal.aborted) this.#connection.close(true);
  }

  get #isDrained(): boolean {
    const { readyState, transport } = this.#connection;
    return readyState === 'closed' || (transport.writable && this.#waiting === 0);
  }

  #look(): void {
    if (this.#isDrained) this.#drained.abort();
  }
}
