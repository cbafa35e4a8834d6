import type { Knex } from 'knex';
import { AttachmentFolder } from '../adapters/attachments/attachment-folder.js';
import type { Cipher } from '../adapters/encryption/cipher.js';
import { folderId, hasFiles, newFolderId } from '../adapters/postgres/attachment-folder-id.js';
import type { AttachmentConfig } from '../config.js';
import { StartError } from '../start-error.js';

/**
 * The folder of `ATTACHMENT_DIR`, made when it is new; undefined without the variable. Folder and database bear the same id: in a
 * folder of another database, every file would be one without a row, and be removed.
 *
 * @throws StartError when the folder cannot be used, belongs to another database or is not the one that has this database's files;
 *   and without the variable, when there are such files
 */
export async function openAttachmentFolder(
  { attachmentDir }: AttachmentConfig,
  database: Knex,
  cipher: Cipher,
): Promise<AttachmentFolder | undefined> {
  const filled = await hasFiles(database);
  if (attachmentDir === undefined) {
    if (filled)
      throw new StartError('ATTACHMENT_DIR is required: attachments of this database are in a folder');
    return undefined;
  }
  const folder = new AttachmentFolder(attachmentDir, cipher);
  try {
    const found = await folder.id();
    if (found !== undefined && found !== (await folderId(database))) {
      throw new StartError('ATTACHMENT_DIR has the attachments of another database');
    }
    if (found === undefined) {
      if (filled)
        throw new StartError('ATTACHMENT_DIR lacks the attachments of this database: is it mounted?');
      await folder.begin(await newFolderId(database));
    }
    await folder.checkWritable();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof StartError || code === undefined) throw error;
    throw new StartError(`ATTACHMENT_DIR cannot be used: ${code}`, { cause: error });
  }
  return folder;
}
