import type { Knex } from 'knex';
import type { AttachmentStore, CleanFile } from '../../conversation/attachment-store.js';
import type { Attachment } from '../../protocol/attachment.js';
import { ATTACHMENT_JSON } from './message-attachments.js';
import { rows } from './rows.js';

/** Of one row. */
const PIECE_BYTES = 262_144;
/** How many of them go with one statement. */
const PIECES_A_STATEMENT = 8;

/** How many attachments a user may have that no message has: they are the only ones that cost nothing to make. */
const MAX_UNUSED = 200;

/** Attachments in the database, so that any gateway serves what another one took. */
export class PostgresAttachmentStore implements AttachmentStore {
  readonly #database: Knex;
  readonly #newId: () => string;

  constructor(database: Knex, newId: () => string) {
    this.#database = database;
    this.#newId = newId;
  }

  add(userId: string, file: CleanFile): Promise<Attachment | 'too_many'> {
    return this.#database.transaction(async (transaction) => {
      const [added] = await rows<{ attachment: Attachment }>(
        transaction,
        `insert into attachments as a (id, user_id, kind, media_type, bytes, width, height, duration_ms)
         select ?, ?::uuid, ?, ?, ?, ?, ?, ?
         where (select count(*) from attachments where user_id = ? and message_id is null) < ${MAX_UNUSED}
         returning ${ATTACHMENT_JSON} as attachment`,
        [
          this.#newId(),
          userId,
          file.kind,
          file.mediaType,
          file.content.length,
          file.width ?? null,
          file.height ?? null,
          file.durationMs ?? null,
          userId,
        ],
      );
      if (!added) return 'too_many';
      await insertPieces(transaction, added.attachment.id, file.content);
      return added.attachment;
    });
  }

  async find(userId: string, id: string): Promise<Attachment | undefined> {
    const [found] = await rows<{ attachment: Attachment }>(
      this.#database,
      `select ${ATTACHMENT_JSON} as attachment
       from attachments a
         left join messages m on m.id = a.message_id left join conversations c on c.id = m.conversation_id
       where a.id = ? and a.user_id = ? and (a.message_id is null or c.user_id = a.user_id)`,
      [id, userId],
    );
    return found?.attachment;
  }

  async *read(id: string): AsyncGenerator<Buffer, void> {
    for (let position = 0; ; position += 1) {
      const [piece] = await rows<{ content: Buffer; last: boolean }>(
        this.#database,
        `select p.content, (p.position + 1) * ${PIECE_BYTES} >= a.bytes as last
         from attachment_pieces p join attachments a on a.id = p.attachment_id
         where p.attachment_id = ? and p.position = ?`,
        [id, position],
      );
      if (!piece) throw new Error('an attachment was deleted while it was read');
      yield piece.content;
      if (piece.last) return;
    }
  }

  async content(id: string): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.read(id)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  async setTranscript(id: string, transcript: string): Promise<void> {
    await rows(this.#database, 'update attachments set transcript = ? where id = ? and transcript is null', [
      transcript,
      id,
    ]);
  }

  async remove(userId: string, id: string): Promise<'removed' | 'used' | 'not_found'> {
    const removed = await rows(
      this.#database,
      'delete from attachments where id = ? and user_id = ? and message_id is null returning id',
      [id, userId],
    );
    if (removed.length > 0) return 'removed';
    return (await this.find(userId, id)) ? 'used' : 'not_found';
  }
}

async function insertPieces(transaction: Knex.Transaction, id: string, content: Buffer): Promise<void> {
  const count = Math.ceil(content.length / PIECE_BYTES);
  const pieces = Array.from({ length: count }, (_, position) => ({
    attachment_id: id,
    position,
    content: content.subarray(position * PIECE_BYTES, (position + 1) * PIECE_BYTES),
  }));
  for (let at = 0; at < count; at += PIECES_A_STATEMENT) {
    await transaction('attachment_pieces').insert(pieces.slice(at, at + PIECES_A_STATEMENT));
  }
}
