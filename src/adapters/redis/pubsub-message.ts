/**
 * A message on a conversation's channel. Its payload is empty for a plain notification, `progress` for one that is of no
 * interest to readers of a log, `<messageId>` when that message's log has changed, or
 * `<messageId> <attempt> <position> <time>\n<text>` when text was appended; the time is empty unless it is measured.
 */
export interface PubsubMessage {
  /** Undefined for a plain notification. */
  readonly messageId?: string;
  readonly appended?: Appended;
}

/** A plain notification: read again. */
export const EMPTY_MESSAGE = Buffer.alloc(0);

export interface Appended {
  readonly attempt: number;
  /** Byte position of the text. */
  readonly position: number;
  readonly bytes: Buffer;
  /** In ms since 1970 by the writer's clock. */
  readonly epochMs?: number;
}

export function parseMessage(payload: Buffer): PubsubMessage {
  if (payload.length === 0) return {};
  const headEnd = payload.indexOf('\n');
  if (headEnd < 0) return { messageId: payload.toString('latin1') };
  const [messageId = '', attempt, position, time] = payload.toString('latin1', 0, headEnd).split(' ');
  const bytes = payload.subarray(headEnd + 1);
  const appended = { attempt: Number(attempt), position: Number(position), bytes };
  return { messageId, appended: time ? { ...appended, epochMs: Number(time) } : appended };
}
