import type { Capabilities } from '../../client/index.js';

export type FileKind = 'image' | 'audio';

/** A file that can be uploaded, or why it cannot, for the person to read. */
export type PreparedFile = { readonly blob: Blob } | { readonly refusal: string };

const HEIC = /^image\/hei[cf]/;
const HEIC_NAME = /\.hei[cf]$/i;
const HEIC_REFUSAL =
  'This is a HEIC photograph, which this browser cannot read. Send it as JPEG. On an iPhone, choose Settings > Camera > Formats > Most Compatible.';
const JPEG_QUALITY = 0.9;

const MEGABYTES = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

export function kindOf({ type, name }: Pick<File, 'type' | 'name'>): FileKind | undefined {
  if (type.startsWith('image/') || HEIC_NAME.test(name)) return 'image';
  return type.startsWith('audio/') ? 'audio' : undefined;
}

/** Refuses what the server would refuse, so that nobody waits for it; the server looks at the bytes and decides. */
export async function prepareFile(
  file: File,
  { attachments: { image, audio, maxBytes } }: Capabilities,
): Promise<PreparedFile> {
  const kind = kindOf(file);
  if (!(kind === 'image' && image) && !(kind === 'audio' && audio)) {
    return {
      refusal: `Only ${image ? 'pictures' : ''}${image && audio ? ' and ' : ''}${audio ? 'sound' : ''} can be sent here.`,
    };
  }
  if (file.size === 0) return { refusal: 'This file is empty.' };
  const isHeic = HEIC.test(file.type) || HEIC_NAME.test(file.name);
  const blob = isHeic ? await asJpeg(file) : file;
  if (!blob) return { refusal: HEIC_REFUSAL };
  if (blob.size > maxBytes) {
    return {
      refusal: `This file has ${megabytes(blob.size)} MB. At most ${megabytes(maxBytes)} MB can be sent.`,
    };
  }
  return { blob };
}

function megabytes(bytes: number): string {
  return MEGABYTES.format(bytes / 1_048_576);
}

/** `undefined` where the browser cannot read the image. Safari reads HEIC. */
async function asJpeg(file: Blob): Promise<Blob | undefined> {
  const image = await decoded(file);
  if (!image) return undefined;
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext('2d')?.drawImage(image, 0, 0);
  return canvas.convertToBlob({ type: 'image/jpeg', quality: JPEG_QUALITY });
}

/** Some browsers read in an `img` what they do not read as a bitmap. */
async function decoded(file: Blob): Promise<ImageBitmap | HTMLImageElement | undefined> {
  const url = URL.createObjectURL(file);
  try {
    return await createImageBitmap(file).catch(async () => {
      const image = new Image();
      image.src = url;
      await image.decode();
      return image;
    });
  } catch {
    return undefined;
  } finally {
    URL.revokeObjectURL(url);
  }
}
