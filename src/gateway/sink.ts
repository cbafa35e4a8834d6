import type { SharedFrame } from './shared-frame.js';

/** A client's connection, as a subscription writes to it. Each transport implements it. */
export interface Sink {
  /** True while so much waits to be sent that nothing may be added. The subscription then reads again later. */
  readonly full: boolean;
  /** Sends a frame without waiting. */
  send(frame: SharedFrame): void;
  /** Resolves when there is room for another frame, or the connection has closed. Undefined when there is room now. */
  drained(): Promise<void> | undefined;
  /** Present when the transport can send to many of its connections with one call. */
  readonly multicast?: Multicast;
  /** The subscription has ended by itself. Not called after `cancel`. */
  end(reason: SubscriptionEnd): void;
}

/** One call instead of one `send` for each member of a room. */
export interface Multicast {
  /** Sinks with the same key are reached by one call. */
  readonly key: object;
  /** The sink gets the group's frames from now on. */
  join(): void;
  leave(): void;
  /** Sends a frame to all sinks that have joined. */
  send(frame: SharedFrame): void;
}

/**
 * `complete`: what the `until` option asked for has been sent. `deleted`: the conversation was deleted, and the client has
 * been told. `failed`: following failed for good.
 */
export type SubscriptionEnd = 'complete' | 'deleted' | 'failed';
