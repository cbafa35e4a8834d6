/**
 * A message on a conversation's channel. Its payload is empty for a plain notification, `<messageId>` when that message's
 * log has changed, or `<messageId> <attempt> <position>\n<text>` when text was appended.
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
}

export function parseMessage(payload: Buffer): PubsubMessage {
  if (payload.length === 0) return {};
  const headEnd = payload.indexOf('\n');
  if (headEnd < 0) return { messageId: payload.toString('latin1') };
  const [messageId = '', attempt, position] = payload.toString('latin1', 0, headEnd).split(' ');
  const bytes = payload.subarray(headEnd + 1);
  return { messageId, appended: { attempt: Number(attempt), position: Number(position), bytes } };
}
