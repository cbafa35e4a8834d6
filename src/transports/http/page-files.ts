import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

export type Encoding = 'br' | 'gzip' | 'identity';

/** A file of the build, held in memory: a build that replaces it does not change what runs. */
export interface PageFile {
  readonly type: string;
  /** Of the content; the same in every process that has the same build. */
  readonly hash: string;
  /** Compressed when first asked for, and kept. */
  as(encoding: Encoding): Promise<Buffer>;
}

/** By name in the build, with `/` between folders. */
export type PageFiles = ReadonlyMap<string, PageFile>;

/** What is no such file is not served. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** What was built into `folder`; nothing when nothing was. */
export async function readPageFiles(folder: string): Promise<PageFiles> {
  try {
    const names = (await readdir(folder, { recursive: true })).filter((name) => extname(name) in TYPES);
    return new Map(
      await Promise.all(
        names.map(async (name) => {
          const body = await readFile(join(folder, name));
          return [name.replaceAll('\\', '/'), pageFile(extname(name), body)] as const;
        }),
      ),
    );
  } catch (error) {
    // Also while a build puts another in place.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw error;
  }
}

/** @param extension `.html`, `.js`, `.css` or `.svg` */
export function pageFile(extension: string, body: Buffer): PageFile {
  const made = new Map<Encoding, Promise<Buffer>>();
  return {
    type: TYPES[extension] ?? 'application/octet-stream',
    hash: createHash('sha256').update(body).digest('base64url').slice(0, 22),
    as(encoding) {
      const encoded = made.get(encoding) ?? encode(body, encoding);
      made.set(encoding, encoded);
      return encoded;
    },
  };
}

/** Not the best brotli can do: that takes a second for what somebody waits for. */
const QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

async function encode(body: Buffer, encoding: Encoding): Promise<Buffer> {
  if (encoding === 'br') return promisify(brotliCompress)(body, QUALITY);
  if (encoding === 'gzip') return promisify(gzip)(body);
  return body;
}
