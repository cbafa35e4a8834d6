import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';

/** Files as people send them, made anew. */

/** A photograph: noise, so that it does not compress to nothing. */
function picture(width: number, height: number) {
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
  return sharp({ create: { width, height, channels: 3, background: '#808080', noise } });
}

export function png(width = 32, height = 24): Promise<Buffer> {
  return picture(width, height).png().toBuffer();
}

export function webp(): Promise<Buffer> {
  return picture(32, 24).webp().toBuffer();
}

/** With a place and a camera in its metadata, as phones write it; `orientation` as in EXIF. */
export function jpeg(width = 32, height = 24, orientation = 1): Promise<Buffer> {
  return picture(width, height)
    .jpeg()
    .withExif({ IFD0: { Make: 'SecretCamera' }, IFD3: { GPSLatitude: '52/1 31/1 0/1', GPSLatitudeRef: 'N' } })
    .withMetadata({ orientation })
    .toBuffer();
}

export async function cmykJpeg(): Promise<Buffer> {
  return picture(32, 24).toColourspace('cmyk').jpeg().toBuffer();
}

export async function animatedGif(frames = 3, width = 16, height = 12): Promise<Buffer> {
  const strip = await picture(width, height * frames)
    .raw()
    .toBuffer();
  return sharp(strip, { raw: { width, height: height * frames, channels: 3, pageHeight: height } })
    .gif({ loop: 0, delay: Array.from({ length: frames }, () => 100) })
    .toBuffer();
}

/** Says in a few thousand bytes that it is as large as that: one bit a pixel, all of them black. */
export function hugePng(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const rows = deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * height));
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(name: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

/** The first bytes of what an iPhone takes: nothing more is looked at. */
export const HEIC = Buffer.concat([
  Buffer.from([0, 0, 0, 24]),
  Buffer.from('ftypheic\0\0\0\0mif1heic', 'latin1'),
  Buffer.alloc(200, 7),
]);

export const SVG = Buffer.from(
  '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
);

/** 16-bit mono at 16 kHz, as pages record it. `said` is the length of the data as the header has it. */
export function wav(seconds = 1, said?: number): Buffer {
  const bytes = Math.round(seconds * 16_000) * 2;
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(((said ?? bytes) + 36) % 2 ** 32, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(16_000, 24);
  head.writeUInt32LE(32_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(said ?? bytes, 40);
  const samples = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at += 2) samples.writeInt16LE(Math.round(9000 * Math.sin(at / 20)), at);
  return Buffer.concat([head, samples]);
}
