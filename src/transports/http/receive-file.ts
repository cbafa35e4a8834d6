import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import busboy from 'busboy';
import type { Context } from 'koa';
import type { ReceiveFile } from '../../conversation/attachments.js';
import { AppError } from '../../kernel/errors.js';
import { requireProgress } from './body-progress.js';

/** Room for the form around the file, in bytes. */
const FORM_BYTES = 65_536;
const MAX_FIELDS = 8;
const MAX_FIELD_BYTES = 1024;

export interface FormFields {
  /** The file's field of the form, read as `ReceiveFile` says. */
  readonly receive: ReceiveFile;
  /** The other fields, once `receive` has resolved. */
  readonly fields: ReadonlyMap<string, string>;
}

/**
 * Reads a form (multipart/form-data) with one file, named `file`, while it comes; nothing of it is kept here.
 * `names` are the other fields that the route knows.
 * @throws AppError `unsupported_media_type`, `payload_too_large`, `bad_request`
 */
export function receiveFile(ctx: Context, maxBytes: number, names: readonly string[] = []): FormFields {
  if (ctx.request.is('multipart/form-data') === false || ctx.get('content-type') === '') {
    throw new AppError('unsupported_media_type', 'the body must be multipart/form-data with one file');
  }
  if (ctx.get('content-encoding') !== '' && ctx.get('content-encoding') !== 'identity') {
    throw new AppError('unsupported_media_type', 'this encoding is not supported');
  }
  if ((ctx.request.length ?? 0) > maxBytes + FORM_BYTES) throw tooLarge(maxBytes);
  const fields = new Map<string, string>();
  return { fields, receive: (take) => new Form(ctx.req, names, fields).read(take) };
}

class Form {
  readonly #request: IncomingMessage;
  readonly #names: readonly string[];
  readonly #fields: Map<string, string>;

  constructor(request: IncomingMessage, names: readonly string[], fields: Map<string, string>) {
    this.#request = request;
    this.#names = names;
    this.#fields = fields;
  }

  async read(take: (source: Readable) => Promise<void>): Promise<void> {
    const request = this.#request;
    const parser = this.#parser();
    const progress = requireProgress(request);
    let file: Readable | undefined;
    let taken: Promise<void> = Promise.resolve();
    const parsed = new Promise<void>((resolve, reject) => {
      parser.on('file', (name, source) => {
        // Whoever reads it fails with it; without a listener of its own the process would, too.
        source.on('error', () => {});
        if (name !== 'file') {
          source.resume();
          return reject(new AppError('bad_request', `the file must be in the field "file"`));
        }
        file = source;
        taken = take(source);
        taken.catch(reject);
      });
      parser.on('field', (name, value, { valueTruncated }) => {
        const refusal = this.#refusalOf(name, valueTruncated);
        if (refusal) reject(refusal);
        else this.#fields.set(name, value);
      });
      parser.on('filesLimit', () => reject(new AppError('bad_request', 'the form must have one file')));
      parser.on('fieldsLimit', () => reject(new AppError('bad_request', 'the form has too many fields')));
      parser.on('partsLimit', () => reject(new AppError('bad_request', 'the form has too many parts')));
      parser.on('error', (cause) => reject(broken(cause)));
      parser.on('close', () => resolve());
      // A pipe does not pass on that the client has gone.
      request.once('close', () => {
        if (!request.complete) reject(broken(new Error('the client has gone')));
      });
      request.pipe(parser);
    });
    try {
      await Promise.race([parsed, progress.stopped]);
      await taken;
    } catch (error) {
      request.unpipe(parser);
      request.pause();
      // Fails the file's reader. The parser then emits an error, ignored here.
      file?.destroy(error instanceof Error ? error : undefined);
      parser.on('error', () => {}).destroy();
      await taken.catch(() => {});
      throw error;
    } finally {
      progress.end();
    }
  }

  #parser(): busboy.Busboy {
    try {
      return busboy({
        headers: this.#request.headers,
        limits: {
          files: 1,
          fields: MAX_FIELDS,
          fieldSize: MAX_FIELD_BYTES,
          fieldNameSize: 100,
          parts: MAX_FIELDS + 1,
          headerPairs: 50,
        },
      });
    } catch (cause) {
      throw broken(cause);
    }
  }

  #refusalOf(name: string | undefined, truncated: boolean): AppError | undefined {
    if (name === undefined || !this.#names.includes(name)) {
      return new AppError('bad_request', `unknown field "${String(name).slice(0, 64)}"`);
    }
    if (truncated) return new AppError('bad_request', `${name}: must have at most ${MAX_FIELD_BYTES} bytes`);
    if (this.#fields.has(name)) return new AppError('bad_request', `${name}: is there twice`);
    return undefined;
  }
}

function broken(cause: unknown): AppError {
  return new AppError('bad_request', 'the form cannot be read', { cause });
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('payload_too_large', `an attachment has at most ${maxBytes} bytes`);
}
