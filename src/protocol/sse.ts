import type { Frame } from './frames.js';

/** Reconnection delay that a stream asks of its client, in ms. */
export const RETRY_MS = 1000;

/** Headers of every event stream: nothing on the way may store, compress or hold it back. */
export const SSE_HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
} as const;

/** A comment line without a blank line after it: with one, some clients fire an empty message. */
export const HEARTBEAT = ': hb\n';

/** How often a silent stream says that it lives, in ms. */
export const HEARTBEAT_MS = 15_000;

/**
 * An unnamed event (WHATWG HTML, "Server-sent events"). Only a frame that moves the position has an id: `Last-Event-ID`
 * stays the last cursor. JSON has no raw line break, so one `data` line carries it.
 */
export function encodeEvent(frame: Frame): string {
  const id = 'cursor' in frame && frame.cursor !== undefined ? `id: ${frame.cursor}\n` : '';
  return `${id}data: ${JSON.stringify(frame)}\n\n`;
}
