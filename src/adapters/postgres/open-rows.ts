import type { TurnRow } from '../../generation/given-turns.js';
import type { Attachment } from '../../protocol/attachment.js';
import type { Feedback, FeedbackReason } from '../../protocol/feedback.js';
import type { Cipher } from '../encryption/cipher.js';
import { placeOf } from '../encryption/place-of.js';

/**
 * How long the encrypted text of the message `m` is, in bytes, or up to 2 less: by its stored length, which is there without the text
 * being read. What is not encrypted yet counts for three quarters.
 */
export const PLAIN_BYTES = `greatest(0, (octet_length(m.content) - 4) * 3 / 4 - 46)`;

interface StoredText {
  readonly id: string;
  readonly content: string;
  readonly attachments: readonly Attachment[] | null;
  readonly sources: string | null;
  readonly feedback: StoredFeedback | null;
}

/** As JSON has it: null for what was not given. */
export interface StoredFeedback {
  readonly rating: Feedback['rating'];
  readonly reason: FeedbackReason | null;
  readonly comment: string | null;
}

/** Rows of messages with their text, their sources and what was said in their attachments, as it was written. @throws EncryptionError */
export function openMessages<Row extends StoredText>(cipher: Cipher, found: readonly Row[]): Promise<Row[]> {
  return Promise.all(
    found.map(async (row) => ({
      ...row,
      content: await cipher.open(placeOf.message(row.id), row.content),
      attachments: row.attachments && (await openAttachments(cipher, row.attachments)),
      sources: row.sources && (await cipher.open(placeOf.sources(row.id), row.sources)),
      feedback: row.feedback && (await openFeedback(cipher, row.id, row.feedback)),
    })),
  );
}

/** @throws EncryptionError */
async function openFeedback(cipher: Cipher, id: string, stored: StoredFeedback): Promise<StoredFeedback> {
  if (stored.comment === null) return stored;
  return { ...stored, comment: await cipher.open(placeOf.feedback(id), stored.comment) };
}

/** @throws EncryptionError */
function openAttachments(cipher: Cipher, found: readonly Attachment[]): Promise<Attachment[]> {
  return Promise.all(found.map((attachment) => openAttachment(cipher, attachment)));
}

/** @throws EncryptionError */
export async function openAttachment(cipher: Cipher, attachment: Attachment): Promise<Attachment> {
  if (attachment.transcript === undefined) return attachment;
  const transcript = await cipher.open(placeOf.transcript(attachment.id), attachment.transcript);
  return { ...attachment, transcript };
}

/** @throws EncryptionError */
export async function openTitle<Row extends { readonly id: string; readonly title: string | null }>(
  cipher: Cipher,
  row: Row,
): Promise<Row> {
  if (row.title === null) return row;
  return { ...row, title: await cipher.open(placeOf.title(row.id), row.title) };
}

/** A message with the turns that were given before it, all as they are stored. */
export interface StoredTurnRow extends Omit<TurnRow, 'text'> {
  readonly id: string;
  readonly content: string;
  /** Of the request that the turns came with. */
  readonly client_message_id: string | null;
}

/** @throws EncryptionError */
export function openTurns(
  cipher: Cipher,
  conversationId: string,
  found: readonly StoredTurnRow[],
): Promise<TurnRow[]> {
  return Promise.all(
    found.map(async ({ id, role, content, attachments, given, client_message_id: key }) => ({
      role,
      text: await cipher.open(placeOf.message(id), content),
      attachments: attachments ? await openAttachments(cipher, attachments) : null,
      given: given && (await cipher.open(placeOf.request('turns', conversationId, key ?? ''), given)),
    })),
  );
}
