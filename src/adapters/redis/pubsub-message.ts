/**
 * What comes over a conversation's channel: empty for a plain ring, `<messageId>` when something of its log has
 * changed, `<messageId> <attempt> <position>\n<text>` when that text was appended there.
 */
export interface PubsubMessage {
  /** Undefined for a plain ring. */
  readonly messageId?: string;
  readonly appended?: Appended;
}

/** "Look again", and no more. */
export const EMPTY_MESSAGE = Buffer.alloc(0);

export interface Appended {
  readonly attempt: number;
  /** Of the first byte. */
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
