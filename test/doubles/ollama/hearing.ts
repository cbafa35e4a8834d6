import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Models } from './models.js';
import type { RequestLog } from './request-log.js';
import { json } from './respond.js';

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
      json(response, status, { error: { message, type: 'invalid_request_error', param: null, code: null } });
    };
    const headers = { 'Content-Type': request.headers['content-type'] ?? '' };
    const body = new Uint8Array(await buffer(request));
    const form = await new Response(body, { headers }).formData().catch(() => undefined);
    const file = form?.get('file');
    const model = form?.get('model');
    if (!(file instanceof File)) return refuse(400, 'file is required');
    if (typeof model !== 'string' || model === '') return refuse(400, 'model is required');
    logged.body = {
      model,
      language: form?.get('language') ?? null,
      filename: file.name,
      file: Buffer.from(await file.arrayBuffer()).toString('base64'),
    };
    log.changed();
    if (!models.has(model)) return refuse(404, `model '${model}' not found`);
    if (typeof this.next === 'number') return refuse(this.next, 'something went wrong');
    logged.status = 200;
    log.end(logged);
    json(response, 200, { text: this.next });
  }
}
