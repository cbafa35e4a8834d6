import { ProviderError } from '../generation/provider.js';
import type { Sound, Transcriber } from '../generation/transcriber.js';
import { WritableText } from '../generation/writable.js';

export interface TranscriptionClientOptions {
  /** As in `TRANSCRIBE_URL`. */
  readonly url: string;
  readonly model: string;
  /** What is sent when nobody says another one: servers take English without it, whatever is spoken. */
  readonly language: string;
}

/** How long a server may take for one voice message, in ms. */
const ANSWER_MS = 120_000;
/** Of an answer and of a transcript, in characters. */
const MAX_ANSWER = 1_000_000;
const MAX_TRANSCRIPT = 32_000;

const EXTENSIONS: Readonly<Record<string, string>> = {
  'audio/wav': 'wav',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'audio/webm': 'webm',
  'audio/mp4': 'm4a',
};

/** Any server of `POST /v1/audio/transcriptions`: Ollama, faster-whisper, whisper.cpp, vLLM. */
export class TranscriptionClient implements Transcriber {
  readonly #options: TranscriptionClientOptions;
  readonly #url: string;

  constructor(options: TranscriptionClientOptions) {
    this.#options = options;
    this.#url = endpointOf(options.url);
  }

  async transcribe(sound: Sound, language: string | undefined, signal: AbortSignal): Promise<string> {
    const late = AbortSignal.timeout(ANSWER_MS);
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        body: this.#form(sound, language),
        signal: AbortSignal.any([signal, late]),
      });
      // What it says is not told: such a message may quote what was said.
      if (!response.ok) throw failed(`the transcriber refused it (${response.status})`);
      return transcriptOf(await limited(response));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ProviderError) throw error;
      if (late.aborted) throw failed('the transcriber took too long', error);
      throw failed('the transcriber does not answer', error);
    }
  }

  #form({ content, mediaType }: Sound, language: string | undefined): FormData {
    const form = new FormData();
    const file = new Blob([new Uint8Array(content)], { type: mediaType });
    form.append('file', file, `voice.${EXTENSIONS[mediaType] ?? 'bin'}`);
    form.append('model', this.#options.model);
    form.append('language', language ?? this.#options.language);
    form.append('response_format', 'json');
    return form;
  }
}

/** A server's address stands for its usual endpoint; one with a path of its own is that endpoint (whisper.cpp has `/inference`). */
function endpointOf(address: string): string {
  const url = new URL(address);
  const path = url.pathname.replace(/\/+$/, '');
  if (path === '') url.pathname = '/v1/audio/transcriptions';
  else if (path.endsWith('/v1')) url.pathname = `${path}/audio/transcriptions`;
  return url.href;
}

async function limited(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece as Uint8Array, { stream: true });
    if (text.length > MAX_ANSWER) throw failed('the transcriber said too much');
  }
  return text;
}

function transcriptOf(body: string): string {
  let said: unknown;
  try {
    said = (JSON.parse(body) as { text?: unknown } | null)?.text;
  } catch {
    // Without the cause: it quotes what was said.
  }
  if (typeof said !== 'string') throw failed('the transcriber sent something unreadable');
  const writable = new WritableText();
  const text = (writable.push(said) + writable.end()).trim().slice(0, MAX_TRANSCRIPT);
  if (text === '') throw failed('nothing could be heard in it: record it again');
  return text;
}

function failed(why: string, cause?: unknown): ProviderError {
  const options = cause === undefined ? {} : { cause };
  return new ProviderError('llm_failed', `the voice message was not understood: ${why}`, options);
}
