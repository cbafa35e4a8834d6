import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Of the plain bytes of one piece. Readers hold one piece at a time. */
export const PIECE_BYTES = 262_144;

/** What a file begins with: whether its pieces are encrypted. */
const HEADS = { plain: Buffer.from('veda-attachment p'), sealed: Buffer.from('veda-attachment s') } as const;
const HEAD_BYTES = HEADS.plain.length;
/** Before each piece, how long it is. */
const LENGTH_BYTES = 4;
/** Encryption adds some 50 bytes to a piece. Whatever claims to be much longer is damaged, and is not read into memory. */
const LONGEST_PIECE = PIECE_BYTES + 1024;

export interface StoredPiece {
  readonly position: number;
  readonly sealed: boolean;
  readonly content: Buffer;
}

/** Writes a new file, for its owner alone, and returns when it is on the disk. @throws when there is one with this name */
export async function writePieces(
  path: string,
  sealed: boolean,
  pieces: AsyncIterable<Buffer>,
): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(sealed ? HEADS.sealed : HEADS.plain);
    for await (const piece of pieces) {
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32BE(piece.length);
      await file.writeFile(Buffer.concat([length, piece]));
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * The pieces of a file, each read when it is asked for. The file stays open meanwhile, so it is read to its end though it be
 * replaced or removed. A link is not followed.
 * @throws when it is damaged
 */
export async function* readPieces(path: string): AsyncGenerator<StoredPiece, void> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const head = await exactly(file, HEAD_BYTES, 0);
    const sealed = head.equals(HEADS.sealed);
    if (!sealed && !head.equals(HEADS.plain)) throw damaged();
    const { size } = await file.stat();
    let at = HEAD_BYTES;
    for (let position = 0; at < size; position += 1) {
      const length = (await exactly(file, LENGTH_BYTES, at)).readUInt32BE();
      if (length > LONGEST_PIECE) throw damaged();
      const content = await exactly(file, length, at + LENGTH_BYTES);
      at += LENGTH_BYTES + length;
      yield { position, sealed, content };
    }
  } finally {
    await file.close();
  }
}

export function damaged(): Error {
  return new Error('the file of an attachment is damaged');
}

async function exactly(file: FileHandle, length: number, position: number): Promise<Buffer> {
  const content = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(content, at, length - at, position + at);
    if (bytesRead === 0) throw damaged();
    at += bytesRead;
  }
  return content;
}
