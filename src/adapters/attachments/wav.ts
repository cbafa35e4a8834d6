import { unsupported } from './unsupported.js';

/** `RIFF`, a length, `WAVE`. */
const RIFF_BYTES = 12;
/** Four letters and a length. */
const HEAD_BYTES = 8;
const FMT_BYTES = 16;

/** What a program writes that does not know the length yet: the file goes to a pipe, or its recorder was cut off. */
const UNKNOWN: ReadonlySet<number> = new Set([0, 0x7fffffff, 0xffffffff]);

/**
 * A WAV whose lengths are right, and how long it lasts by the bytes that it has. One that was written to a pipe gets its
 * lengths; a transcriber would read past its end, or nothing.
 * @throws AppError `unsupported_media_type` for one that promises more than it has: it is cut off, or its header is forged.
 */
export function repairWav(file: Buffer): { content: Buffer; durationMs: number } {
  let bytesPerSecond = 0;
  for (let at = RIFF_BYTES; at + HEAD_BYTES <= file.length; ) {
    const name = file.toString('latin1', at, at + 4);
    const said = file.readUInt32LE(at + 4);
    const start = at + HEAD_BYTES;
    const left = file.length - start;
    if (name === 'fmt ' && said >= FMT_BYTES && said <= left) bytesPerSecond = file.readUInt32LE(start + 8);
    if (name === 'data') {
      if (bytesPerSecond === 0 || left === 0) throw damaged();
      if (said > left && !UNKNOWN.has(said)) throw damaged();
      const bytes = UNKNOWN.has(said) ? left : said;
      const content = bytes === said ? file : withLengths(file, at + 4, bytes);
      return { content, durationMs: Math.round((bytes / bytesPerSecond) * 1000) };
    }
    // Chunks begin at even places.
    at = start + said + (said % 2);
  }
  throw damaged();
}

function withLengths(file: Buffer, at: number, bytes: number): Buffer {
  const content = Buffer.from(file);
  content.writeUInt32LE(bytes, at);
  content.writeUInt32LE(file.length - HEAD_BYTES, 4);
  return content;
}

function damaged() {
  return unsupported('the WAV has less sound than its header says: record it again');
}
