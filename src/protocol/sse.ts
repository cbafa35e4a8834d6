import type { Frame } from './frames.js';

/** The reconnection delay that a stream tells its client, in ms. */
export const RETRY_MS = 1000;

/** Headers of every event stream. They keep proxies from caching, compressing or buffering it. */
export const SSE_HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
} as const;

/** A comment line. No blank line follows: some clients would fire an empty message. */
export const HEARTBEAT = ': hb\n';

/** Interval of heartbeats, in ms. */
export const HEARTBEAT_MS = 15_000;

/**
 * Encodes a frame as an unnamed event (WHATWG HTML, "Server-sent events"). Only frames with a cursor get an `id`, so
 * `Last-Event-ID` is always the last cursor. JSON contains no raw line break, so one `data` line is enough.
 */
export function encodeEvent(frame: Frame): string {
  return eventOf(JSON.stringify(frame), 'cursor' in frame ? frame.cursor : undefined);
}

/** An unnamed event with this data, which has no line break. */
export function eventOf(json: string, id: string | undefined): string {
  return `${id === undefined ? '' : `id: ${id}\n`}data: ${json}\n\n`;
}
