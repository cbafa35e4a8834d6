import { parseBuffer } from 'music-metadata';
import type { CleanFile } from '../../conversation/attachment-store.js';
import type { MediaType } from '../../protocol/attachment.js';
import { unsupported } from './unsupported.js';
import { repairWav } from './wav.js';

type AudioType = Extract<MediaType, `audio/${string}`>;

/**
 * Checks that a file is sound and nothing else, and how long it is. Its bytes stay as they are, but for a WAV that says
 * nothing about its length.
 * @throws AppError `unsupported_media_type` for what cannot be read, or has a picture that moves.
 */
export async function probeAudio(file: Buffer, mediaType: AudioType): Promise<CleanFile> {
  const wav = mediaType === 'audio/wav' ? repairWav(file) : undefined;
  const content = wav?.content ?? file;
  const { format } = await probed(content, mediaType);
  if (format.hasVideo) throw unsupported('this is a video: only its sound can be sent');
  if (format.sampleRate === undefined && format.codec === undefined) throw damaged();
  const durationMs = wav?.durationMs ?? millisecondsOf(format.duration);
  return { kind: 'audio', mediaType, content, ...(durationMs !== undefined && { durationMs }) };
}

async function probed(content: Buffer, mimeType: AudioType) {
  try {
    return await parseBuffer(content, { mimeType, size: content.length }, { skipCovers: true });
  } catch (error) {
    throw damaged(error);
  }
}

/** A day; a header may say anything. */
const LONGEST_SECONDS = 86_400;

/** Undefined where the file does not say, as recorders in browsers leave it out. */
function millisecondsOf(seconds: number | undefined): number | undefined {
  if (seconds === undefined || !(seconds > 0) || seconds > LONGEST_SECONDS) return undefined;
  return Math.round(seconds * 1000);
}

function damaged(cause?: unknown) {
  return unsupported('the sound is damaged and cannot be read: record it again', cause);
}
