import type { Frame } from '../protocol/frames.js';

/**
 * Turns the frames of one answer into the events of another protocol. It knows nothing but what it was given: numbers and ids
 * come from cursors and message ids, so that any gateway gives the same ones.
 */
export interface Projection {
  /** What is said before the first frame. */
  opening(): readonly DialectEvent[];
  /**
   * The events that tell a frame; none for a frame that this protocol cannot tell. `break` when the client must be cut off,
   * since what it was told cannot be taken back in its protocol.
   */
  take(frame: Frame): readonly DialectEvent[] | 'break';
  /** What is said after the last frame, when the answer has been told to its end. */
  closing(): readonly DialectEvent[];
}

/** One event: an object that is sent as JSON, or a text that is sent as it is. */
export type DialectEvent = object | string;
