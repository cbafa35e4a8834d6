import { fileTypeFromBuffer } from 'file-type';
import type { CleanFile, FileCleaner } from '../../conversation/attachment-store.js';
import type { AppError } from '../../kernel/errors.js';
import { probeAudio } from './audio.js';
import { cleanImage, type ImageFormat } from './image.js';
import { unsupported } from './unsupported.js';

const IMAGES: Readonly<Record<string, ImageFormat>> = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/webp': 'webp',
  'image/gif': 'gif',
};

/** What `file-type` calls the containers that recorders write; whether there is a picture in them is seen later. */
const AUDIO: Readonly<Record<string, Parameters<typeof probeAudio>[1]>> = {
  'audio/wav': 'audio/wav',
  'audio/mpeg': 'audio/mpeg',
  'audio/ogg': 'audio/ogg',
  'video/webm': 'audio/webm',
  'audio/webm': 'audio/webm',
  'video/mp4': 'audio/mp4',
  'audio/mp4': 'audio/mp4',
  'audio/x-m4a': 'audio/mp4',
};

/** Tells files by their first bytes, whatever they are called, and has images decoded and encoded anew. */
export class LibraryFileCleaner implements FileCleaner {
  async clean(file: Buffer): Promise<CleanFile> {
    if (file.length === 0) throw unsupported('the file is empty');
    const [mime = 'unknown'] = (await fileTypeFromBuffer(file))?.mime.split(';') ?? [];
    const image = IMAGES[mime];
    if (image) return cleanImage(file, image);
    const audio = AUDIO[mime];
    if (audio) return probeAudio(file, audio);
    if (/^image\/hei[cf]/.test(mime)) throw heic();
    throw unsupported('images are PNG, JPEG, WebP or GIF, and sound is WAV, MP3, OGG, WebM or M4A');
  }
}

function heic(): AppError {
  return unsupported(
    'this is a HEIC photograph, which cannot be read here: send it as JPEG. On an iPhone, choose Settings > Camera > Formats > Most Compatible',
  );
}
