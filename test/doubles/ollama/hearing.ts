import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { ERRORS } from './completion.js';
import type { Models } from './models.js';
import type { RequestLog } from './request-log.js';
import { json, plain } from './respond.js';

/** What a recording was said to be, as a test finds it in the log. */
export interface HeardRequest {
  readonly model: string;
  readonly language: string | null;
  readonly filename: string;
  /** In base64. */
  readonly file: string;
}

/** `POST /v1/audio/transcriptions` (middleware/openai.go of Ollama): a form with file, model, language and response_format. */
export class Hearing {
  /** What is heard, or the status of a refusal. */
  next: string | number = 'It hurts when I breathe.';

  async answer(
    { models, log }: { models: Models; log: RequestLog },
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const logged = log.begin('POST', '/v1/audio/transcriptions');
    const refuse = (status: number, message: string): void => {
      logged.status = status;
      log.end(logged);
      const type = ERROR_TYPES[status] ?? 'api_error';
      json(response, status, { error: { message, type, param: null, code: null } });
    };
    const form = await formOf(request);
    if (typeof form === 'string') return refuse(400, `failed to parse multipart form: ${form}`);
    const model = form.get('model');
    if (typeof model !== 'string' || model === '') return refuse(400, 'model is required');
    const file = form.get('file');
    if (!(file instanceof File)) return refuse(400, 'file is required: http: no such file');
    if (file.size === 0) return refuse(400, 'audio file is empty');
    const language = form.get('language');
    logged.body = {
      model,
      language: typeof language === 'string' ? language : null,
      filename: file.name,
      file: Buffer.from(await file.arrayBuffer()).toString('base64'),
    };
    log.changed();
    if (!models.has(model)) return refuse(404, ERRORS.notFound(model));
    if (typeof this.next === 'number') {
      return refuse(this.next, this.next === 503 ? ERRORS.busy : ERRORS.crashed);
    }
    logged.status = 200;
    log.end(logged);
    const text = this.next.trim();
    if (form.get('response_format') === 'text') plain(response, 200, text);
    else json(response, 200, { text });
  }
}

/** By status (openai/openai.go of Ollama); every other one is an `api_error`. */
const ERROR_TYPES: Partial<Record<number, string>> = {
  400: 'invalid_request_error',
  404: 'not_found_error',
};

/** The form, or why there is none, as Go's parser words it. */
async function formOf(request: IncomingMessage): Promise<FormData | string> {
  const type = request.headers['content-type'] ?? '';
  const body = new Uint8Array(await buffer(request));
  if (!/^multipart\/form-data\b/i.test(type)) return "request Content-Type isn't multipart/form-data";
  try {
    return await new Response(body, { headers: { 'Content-Type': type } }).formData();
  } catch {
    return 'multipart: NextPart: EOF';
  }
}
