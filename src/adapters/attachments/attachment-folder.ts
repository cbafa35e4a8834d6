import { randomBytes } from 'node:crypto';
import { mkdir, open, opendir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../../kernel/errors.js';
import { singleFlight } from '../../kernel/single-flight.js';
import type { Cipher } from '../encryption/cipher.js';
import { placeOf } from '../encryption/place-of.js';
import { damaged, PIECE_BYTES, readPieces, type StoredPiece, writePieces } from './attachment-file.js';

/** A file that is written and not yet at its place. Whoever staged it calls `discard` at the end. */
export interface StagedFile {
  /** Puts it at its place, where it survives a power cut. */
  keep(): Promise<void>;
  /** Removes it, unless it was kept. Never throws: a sweep removes what stays. */
  discard(): Promise<void>;
}

/** A file in the folder, as a sweep finds it. */
export interface FoundFile {
  readonly path: string;
  /** Of the attachment; absent for a file that was being written. */
  readonly id?: string;
}

/** Names of an attachment's file, and of one that is being written. */
const KEPT = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
const STAGED = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.[\da-f]{12}$/;
const STAGING = 'incoming';
/** Has the id of the folder, by which it is known as that of a database. */
const MARKER = 'veda-attachments';

/** The subfolders of attachments, by the last two digits of their ids: the first ones are the time, and would fill one after the other. */
const SHARDS = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'));

/**
 * Files of attachments, `<path>/<last two digits of the id>/<id>`. All gateways and workers share the folder. A file is written under
 * another name, synced, and renamed, so what has its name is whole. It never changes after that, but for being encrypted as a whole.
 */
export class AttachmentFolder {
  readonly #path: string;
  readonly #cipher: Cipher;
  /** A folder on a network that hangs keeps one check waiting, not one for each question. */
  readonly #check = singleFlight(() => this.#tryWriting());
  /** Subfolders, to be swept in turn. */
  readonly shards: readonly string[] = [STAGING, ...SHARDS];

  constructor(path: string, cipher: Cipher) {
    this.#path = path;
    this.#cipher = cipher;
  }

  /** The id that the folder bears; undefined when it bears none. @throws when it cannot be read */
  async id(): Promise<string | undefined> {
    try {
      return (await readFile(join(this.#path, MARKER), 'utf8')).trim();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Makes the folder and has it bear this id. @throws when it cannot be written */
  async begin(id: string): Promise<void> {
    await mkdir(join(this.#path, STAGING), { recursive: true, mode: 0o700 });
    const temporary = join(this.#path, STAGING, `${id}.${suffix()}`);
    await writeFile(temporary, `${id}\n`, { flag: 'wx', mode: 0o600, flush: true });
    await rename(temporary, join(this.#path, MARKER));
    await syncFolder(this.#path);
  }

  /** Writes a new file, encrypted if the process encrypts. @throws AppError 503 when the folder cannot be written */
  async stage(userId: string, id: string, content: Buffer): Promise<StagedFile> {
    const plain = piecesOf(content);
    return this.#stage(
      id,
      this.#cipher.encrypts ? this.#seal(userId, id, plain) : plain,
      this.#cipher.encrypts,
    );
  }

  /**
   * The plain bytes in pieces, each read when it is asked for.
   * @param bytes how many there are
   * @throws AppError 503 when the folder cannot be read; an error when the file is not there or is damaged
   */
  async *read(id: string, bytes: number): AsyncGenerator<Buffer, void> {
    let left = bytes;
    try {
      for await (const piece of readPieces(this.#fileOf(id))) {
        const content = await this.#open(id, piece);
        left -= content.length;
        yield content;
      }
    } catch (error) {
      throw unavailable(error);
    }
    if (left !== 0) throw damaged();
  }

  /** Encrypts a file that is not encrypted. Whoever reads it goes on with the old one. Does nothing when it is gone. */
  async encrypt(userId: string, id: string): Promise<void> {
    const pieces = readPieces(this.#fileOf(id));
    try {
      const first = await pieces.next();
      if (first.done || first.value.sealed) return;
      const staged = await this.#stage(id, this.#seal(userId, id, contents(first.value, pieces)), true);
      try {
        await staged.keep();
      } finally {
        await staged.discard();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    } finally {
      await pieces.return();
    }
  }

  /** Removes a file; does nothing when there is none. */
  async remove(id: string): Promise<void> {
    await rm(this.#fileOf(id), { force: true });
  }

  /** The files of a subfolder, one after the other, however many there are. Files of other names are left alone. */
  async *files(shard: string): AsyncGenerator<FoundFile, void> {
    for await (const { name } of await opendir(join(this.#path, shard)).catch(nothing)) {
      const path = join(this.#path, shard, name);
      if (shard === STAGING && STAGED.test(name)) yield { path };
      else if (KEPT.test(name) && path === this.#fileOf(name)) yield { path, id: name };
    }
  }

  /** Removes a file that has not changed since `before`, in ms. Whether it did. */
  async removeOlder({ path }: FoundFile, before: number): Promise<boolean> {
    const found = await stat(path).catch(nothing);
    // A rename changes `ctime`: a file counts from when it came to its place, however long it took to be written.
    if (!('mtimeMs' in found) || Math.max(found.mtimeMs, found.ctimeMs) >= before) return false;
    await rm(path, { force: true });
    return true;
  }

  /** @throws when it is not there, or cannot be written now */
  checkWritable(): Promise<void> {
    return this.#check();
  }

  async #tryWriting(): Promise<void> {
    // Of a volume that is not mounted, the empty folder below could be written.
    if ((await this.id()) === undefined) throw new Error('the folder of attachments is not there');
    const path = join(this.#path, STAGING, `00000000-0000-0000-0000-000000000000.${suffix()}`);
    try {
      await writeFile(path, 'x', { flag: 'wx', mode: 0o600, flush: true });
    } finally {
      await rm(path, { force: true });
    }
  }

  async #stage(id: string, pieces: AsyncIterable<Buffer>, sealed: boolean): Promise<StagedFile> {
    const path = this.#fileOf(id);
    const temporary = join(this.#path, STAGING, `${id}.${suffix()}`);
    const discard = () => rm(temporary, { force: true }).catch(() => {});
    try {
      await writePieces(temporary, sealed, pieces);
    } catch (error) {
      await discard();
      throw unavailable(error);
    }
    const keep = async (): Promise<void> => {
      try {
        const made = await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        if (made !== undefined) await syncFolder(this.#path);
        await rename(temporary, path);
        await syncFolder(dirname(path));
      } catch (error) {
        throw unavailable(error);
      }
    };
    return { keep, discard };
  }

  async *#seal(userId: string, id: string, pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
    let position = 0;
    for await (const piece of pieces) {
      yield this.#cipher.sealBytes({ userId }, placeOf.piece(id, position), piece);
      position += 1;
    }
  }

  async #open(id: string, { position, sealed, content }: StoredPiece): Promise<Buffer> {
    return sealed ? this.#cipher.openBytes(placeOf.piece(id, position), content) : content;
  }

  /** @throws when `id` is not a UUID: such a path could lead out of the folder */
  #fileOf(id: string): string {
    if (!KEPT.test(id)) throw new Error('the id of an attachment is not a UUID');
    return join(this.#path, id.slice(-2), id);
  }
}

async function* piecesOf(content: Buffer): AsyncGenerator<Buffer, void> {
  for (let at = 0; at < content.length; at += PIECE_BYTES) yield content.subarray(at, at + PIECE_BYTES);
}

async function* contents(
  first: StoredPiece,
  others: AsyncIterable<StoredPiece>,
): AsyncGenerator<Buffer, void> {
  yield first.content;
  for await (const { content } of others) yield content;
}

/** A rename or a new subfolder is only safe from a power cut when its folder is synced. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function suffix(): string {
  return randomBytes(6).toString('hex');
}

/** Another process has removed it meanwhile, or nothing was ever put there. */
function nothing(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

/** Error codes of a file system that is full, read-only, unmounted or not permitted to us. The client may try again later. */
const AWAY = /^E(?:ACCES|DQUOT|IO|MFILE|NFILE|NOSPC|NOTCONN|NOTDIR|PERM|ROFS|STALE|TIMEDOUT)$/;

function unavailable(error: unknown): unknown {
  if (!AWAY.test(String((error as NodeJS.ErrnoException).code))) return error;
  return new AppError('internal', 'a part of the service is unavailable', {
    status: 503,
    retryAfter: 5,
    cause: error,
  });
}
