import { TranscriptionClient } from '../adapters/transcription-client.js';
import type { Config } from '../config.js';
import type { Transcriber } from '../generation/transcriber.js';

/** What `TRANSCRIBE_URL` names; undefined without it. */
export function transcriberOf(config: Config): Transcriber | undefined {
  const { transcribeUrl: url, transcribeModel: model, transcribeLanguage: language } = config;
  return url === undefined ? undefined : new TranscriptionClient({ url, model, language });
}
