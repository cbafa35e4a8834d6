import { ProviderError } from '../generation/provider.js';
import type { Transcriber } from '../generation/transcriber.js';
import { AppError } from '../kernel/errors.js';
import { FairQueue } from '../kernel/fair-queue.js';
import type { CleanFile } from './attachment-store.js';
import type { Attachments, ReceiveFile } from './attachments.js';

export interface DictationPorts {
  readonly attachments: Attachments;
  readonly transcriber: Transcriber;
}

/** What is said in a recording, for its speaker to correct before it is sent. The recording is kept nowhere. */
export class Dictation {
  readonly #ports: DictationPorts;
  readonly #queue = new FairQueue({
    atOnce: 8,
    waiting: 32,
    waitingPerSource: 4,
    refusal: 'too many recordings at once',
  });

  constructor(ports: DictationPorts) {
    this.#ports = ports;
  }

  get maxBytes(): number {
    return this.#ports.attachments.maxBytes;
  }

  /**
   * @param language is asked for when the whole form has been read: a field may come after the file
   * @throws AppError `unsupported_media_type`, also for an image; `payload_too_large`, `rate_limited`, `llm_failed`
   */
  async transcribe(
    userId: string,
    receive: ReceiveFile,
    language: () => string | undefined,
    signal: AbortSignal,
  ): Promise<string> {
    const file = await this.#ports.attachments.clean(userId, receive);
    if (file.kind !== 'audio') throw new AppError('unsupported_media_type', 'the file must be sound');
    const spoken = language();
    return this.#queue.run(userId, () => this.#transcribe(file, spoken, signal));
  }

  async #transcribe(file: CleanFile, language: string | undefined, signal: AbortSignal): Promise<string> {
    try {
      return await this.#ports.transcriber.transcribe(file, language, signal);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      throw new AppError(error.code, error.message, { cause: error });
    }
  }
}
