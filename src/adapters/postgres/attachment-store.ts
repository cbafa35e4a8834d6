import type { Knex } from 'knex';
import type { AttachmentStore, CleanFile } from '../../conversation/attachment-store.js';
import type { Attachment } from '../../protocol/attachment.js';
import { PIECE_BYTES } from '../attachments/attachment-file.js';
import type { AttachmentFolder, StagedFile } from '../attachments/attachment-folder.js';
import { type Cipher, noCipher } from '../encryption/cipher.js';
import { placeOf } from '../encryption/place-of.js';
import { ATTACHMENT_JSON } from './message-attachments.js';
import { openAttachment } from './open-rows.js';
import { rows } from './rows.js';

/** How many of them go with one statement. */
const PIECES_A_STATEMENT = 8;

/** How many attachments a user may have that no message has: they are the only ones that cost nothing to make. */
const MAX_UNUSED = 200;

export interface AttachmentStoreOptions {
  /** Where the bytes of new attachments go; into the database when absent. */
  readonly folder?: AttachmentFolder | undefined;
  /** What all attachments of a user may have; without it there is no limit. */
  readonly maxBytesPerUser?: number | undefined;
}

/**
 * Attachments in the database, so that any gateway serves what another one took; their bytes too, or in a folder that all gateways
 * and workers share. What was stored before the folder was set stays in the database.
 */
export class PostgresAttachmentStore implements AttachmentStore {
  readonly #database: Knex;
  readonly #newId: () => string;
  readonly #cipher: Cipher;
  readonly #options: AttachmentStoreOptions;

  /** @param cipher how bytes and transcripts are stored; as they are when absent */
  constructor(
    database: Knex,
    newId: () => string,
    cipher: Cipher = noCipher,
    options: AttachmentStoreOptions = {},
  ) {
    this.#database = database;
    this.#cipher = cipher;
    this.#options = options;
    this.#newId = newId;
  }

  async add(userId: string, file: CleanFile): Promise<Attachment | 'too_many' | 'full'> {
    const id = this.#newId();
    // On the disk before the transaction, which then takes no longer than a rename.
    const staged = await this.#options.folder?.stage(userId, id, file.content);
    try {
      return await this.#insert(userId, id, file, staged);
    } finally {
      await staged?.discard();
    }
  }

  #insert(
    userId: string,
    id: string,
    file: CleanFile,
    staged: StagedFile | undefined,
  ): Promise<Attachment | 'too_many' | 'full'> {
    return this.#database.transaction(async (transaction) => {
      if (!(await this.#hasRoom(transaction, userId, file.content.length))) return 'full';
      const [added] = await rows<{ attachment: Attachment }>(
        transaction,
        `insert into attachments as a (id, user_id, kind, media_type, bytes, width, height, duration_ms, in_folder)
         select ?, ?::uuid, ?, ?, ?, ?, ?, ?, ?
         where (select count(*) from attachments where user_id = ? and message_id is null) < ${MAX_UNUSED}
         returning ${ATTACHMENT_JSON} as attachment`,
        [
          id,
          userId,
          file.kind,
          file.mediaType,
          file.content.length,
          file.width ?? null,
          file.height ?? null,
          file.durationMs ?? null,
          staged !== undefined,
          userId,
        ],
      );
      if (!added) return 'too_many';
      // Before the commit: a row always has its file. A file without a row is swept.
      if (staged) await staged.keep();
      else await this.#insertPieces(transaction, userId, id, file.content);
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
    return found && openAttachment(this.#cipher, found.attachment);
  }

  async *read(id: string): AsyncGenerator<Buffer, void> {
    const [row] = await rows<{ bytes: number; in_folder: boolean }>(
      this.#database,
      'select bytes, in_folder from attachments where id = ?',
      [id],
    );
    if (!row) throw new Error('an attachment was deleted before it was read');
    if (!row.in_folder) return yield* this.#readPieces(id);
    const { folder } = this.#options;
    if (!folder) throw new Error('an attachment is in a folder, and ATTACHMENT_DIR is not set');
    yield* folder.read(id, row.bytes);
  }

  async *#readPieces(id: string): AsyncGenerator<Buffer, void> {
    for (let position = 0; ; position += 1) {
      const [piece] = await rows<{ content: Buffer; sealed: boolean; last: boolean }>(
        this.#database,
        `select p.content, p.sealed, (p.position + 1) * ${PIECE_BYTES} >= a.bytes as last
         from attachment_pieces p join attachments a on a.id = p.attachment_id
         where p.attachment_id = ? and p.position = ?`,
        [id, position],
      );
      if (!piece) throw new Error('an attachment was deleted while it was read');
      yield piece.sealed
        ? await this.#cipher.openBytes(placeOf.piece(id, position), piece.content)
        : piece.content;
      if (piece.last) return;
    }
  }

  async content(id: string): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.read(id)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  async setTranscript(id: string, transcript: string): Promise<void> {
    const [row] = await rows<{ user_id: string | null }>(
      this.#database,
      'select user_id from attachments where id = ? and transcript is null',
      [id],
    );
    if (!row?.user_id) return;
    await rows(this.#database, 'update attachments set transcript = ? where id = ? and transcript is null', [
      await this.#cipher.seal({ userId: row.user_id }, placeOf.transcript(id), transcript),
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

  async #hasRoom(transaction: Knex.Transaction, userId: string, bytes: number): Promise<boolean> {
    const { maxBytesPerUser } = this.#options;
    if (maxBytesPerUser === undefined) return true;
    // Uploads of one user that come at once take turns here: each must see the bytes of the one before. The user's row is not
    // locked for this: the user's data key is made on another connection, which locks that row.
    await rows(transaction, 'select pg_advisory_xact_lock(hashtextextended(?, 0))', [
      `attachments ${userId}`,
    ]);
    const [row] = await rows<{ stored: string }>(
      transaction,
      'select coalesce(sum(bytes), 0) as stored from attachments where user_id = ?',
      [userId],
    );
    return Number(row?.stored) + bytes <= maxBytesPerUser;
  }

  async #insertPieces(
    transaction: Knex.Transaction,
    userId: string,
    id: string,
    content: Buffer,
  ): Promise<void> {
    const count = Math.ceil(content.length / PIECE_BYTES);
    for (let at = 0; at < count; at += PIECES_A_STATEMENT) {
      const positions = Array.from({ length: Math.min(PIECES_A_STATEMENT, count - at) }, (_, i) => at + i);
      const pieces = positions.map(async (position) => {
        const plain = content.subarray(position * PIECE_BYTES, (position + 1) * PIECE_BYTES);
        const stored = await this.#cipher.sealBytes({ userId }, placeOf.piece(id, position), plain);
        return { attachment_id: id, position, content: stored, sealed: this.#cipher.encrypts };
      });
      await transaction('attachment_pieces').insert(await Promise.all(pieces));
    }
  }
}
