import sharp, { type Metadata, type Sharp } from 'sharp';
import type { CleanFile } from '../../conversation/attachment-store.js';
import { AppError } from '../../kernel/errors.js';
import { unsupported } from './unsupported.js';

export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'gif';

/** Of all frames together. Phones take photographs of up to 50 million; each takes 3 or 4 bytes while it is turned. */
const MAX_PIXELS = 52_000_000;
const MAX_FRAMES = 500;
/** A small file may be a lot of work. */
const SECONDS = 20;
/** High enough that nobody sees the difference. */
const QUALITY = 90;

// Nothing else is decoded, whatever a file claims to be. Formats that nobody looks at are where the holes are found.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegBuffer',
    'VipsForeignLoadPngBuffer',
    'VipsForeignLoadWebpBuffer',
    'VipsForeignLoadNsgifBuffer',
  ],
});
// Its cache would keep patients' images; and one thread an image leaves the cores to others.
sharp.cache(false);
sharp.concurrency(1);

/**
 * Decodes an image, turns it upright and encodes it anew in its own format, in sRGB, without any metadata. What a file has beside
 * its pixels (places, thumbnails, another file behind its end) does not come through.
 * @throws AppError `payload_too_large` for too many pixels; `unsupported_media_type` for what cannot be decoded to its end.
 */
export async function cleanImage(file: Buffer, format: ImageFormat): Promise<CleanFile> {
  const animated = format === 'gif' || format === 'webp';
  const source = () =>
    sharp(file, { animated, failOn: 'error', limitInputPixels: MAX_PIXELS, sequentialRead: true });
  try {
    const metadata = await source().metadata();
    requireSize(metadata);
    const frames = metadata.pages ?? 1;
    // Frames one above the other cannot be turned, and recorders of animations do not ask for it.
    const upright = frames > 1 ? source() : source().autoOrient();
    const { data, info } = await encoded(
      upright.toColourspace('srgb').timeout({ seconds: SECONDS }),
      format,
    ).toBuffer({
      resolveWithObject: true,
    });
    const height = frames > 1 ? Math.round(info.height / frames) : info.height;
    return { kind: 'image', mediaType: `image/${format}`, content: data, width: info.width, height };
  } catch (error) {
    throw refusalOf(error);
  }
}

function requireSize({ width, height, pageHeight, pages = 1 }: Metadata): void {
  if (pages > MAX_FRAMES)
    throw new AppError('payload_too_large', `an image has at most ${MAX_FRAMES} frames`);
  if (width * (pageHeight ?? height) * pages > MAX_PIXELS) throw tooManyPixels();
}

function encoded(image: Sharp, format: ImageFormat): Sharp {
  switch (format) {
    case 'png':
      return image.png();
    case 'jpeg':
      return image.jpeg({ quality: QUALITY });
    case 'webp':
      return image.webp({ quality: QUALITY });
    case 'gif':
      return image.gif();
  }
}

function refusalOf(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const { message } = error as Error;
  if (/pixel limit/i.test(message)) return tooManyPixels();
  if (/timeout/i.test(message)) {
    return new AppError('payload_too_large', 'the image takes too long to be read: send a smaller one');
  }
  return unsupported('the image is damaged and cannot be read: save or take it again', error);
}

function tooManyPixels(): AppError {
  return new AppError('payload_too_large', `an image has at most ${MAX_PIXELS / 1_000_000} million pixels`);
}
