import type { Socket } from 'socket.io';
import type { Clock } from '../../kernel/clock.js';
import { TokenBucket } from '../../kernel/token-bucket.js';
import { FRAME_BUDGET } from '../frame-budget.js';

type Connection = Socket['conn'];

/** What is used of an Engine.IO transport: every packet comes through `onPacket`, decoded but not parsed. */
interface PacketSource {
  onPacket(packet: unknown): void;
}

/** How often a connection may try to sign in. A client needs one attempt, and one more with a new token. */
const MAX_SIGN_INS = 5;

/** Bounds what one connection may cost, signed in or not. A connection over a bound is closed. */
export class ConnectionGuard {
  readonly #connection: Connection;
  readonly #budget: TokenBucket;
  readonly #onFlood: () => void;
  readonly #watched = new WeakSet<object>();
  #signIns = 0;
  #closed = false;

  /** `onFlood` is called once, when the connection is closed for what it sent. */
  constructor(connection: Connection, clock: Clock, onFlood: () => void) {
    this.#connection = connection;
    this.#budget = new TokenBucket(clock, FRAME_BUDGET);
    this.#onFlood = onFlood;
    this.#watch(connection.transport);
    // From its first packet on: before the upgrade is complete, each probe is answered.
    connection.on('upgrading', (transport: Connection['transport']) => this.#watch(transport));
    connection.on('upgrade', (transport: Connection['transport']) => this.#watch(transport));
  }

  /** Counts an attempt to sign in. False when the connection has used up its attempts and was closed. */
  maySignIn(): boolean {
    this.#signIns += 1;
    if (this.#signIns > MAX_SIGN_INS) this.#close();
    return !this.#closed;
  }

  /** Drops the packets of a connection that is over its budget, without looking at them. */
  #watch(transport: Connection['transport']): void {
    if (this.#watched.has(transport)) return;
    this.#watched.add(transport);
    const source = transport as unknown as PacketSource;
    const onPacket = source.onPacket.bind(transport);
    source.onPacket = (packet) => {
      if (this.#closed) return;
      if (this.#budget.take()) onPacket(packet);
      else this.#close();
    };
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onFlood();
    // Discards what waits to be sent: a client that floods does not read either.
    this.#connection.close(true);
  }
}
