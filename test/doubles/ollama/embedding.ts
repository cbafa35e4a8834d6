import type { ServerResponse } from 'node:http';
import { ERRORS } from './completion.js';
import type { Models } from './models.js';
import type { LoggedRequest, RequestLog } from './request-log.js';
import { json } from './respond.js';
import { vectorOf } from './vectors.js';

/** How the next requests are met: with vectors, with nothing for as long as the client waits, or with a refusal. */
export type EmbeddingFault = 'none' | 'stall' | 'not-found' | 'error' | 'unavailable';

interface EmbedRequest {
  readonly model?: string;
  readonly input?: unknown;
  readonly dimensions?: number;
}

/** `POST /api/embed` (`EmbedHandler` in server/routes.go of Ollama). */
export class Embedding {
  fault: EmbeddingFault = 'none';

  answer(
    { models, log }: { models: Models; log: RequestLog },
    logged: LoggedRequest,
    body: string,
    response: ServerResponse,
  ): void {
    const startedAt = process.hrtime.bigint();
    const answer = (status: number, object: object): void => {
      logged.status = status;
      log.end(logged);
      json(response, status, object);
    };
    if (body === '') return answer(400, { error: 'missing request body' });
    let request: EmbedRequest;
    try {
      request = JSON.parse(body) as EmbedRequest;
    } catch {
      return answer(400, { error: 'invalid character in the request body' });
    }
    logged.body = request;
    log.changed();
    const input = inputOf(request.input);
    if (!input) return answer(400, { error: 'invalid input type' });
    const { model = '', dimensions = 0 } = request;
    if (!models.has(model) || this.fault === 'not-found') {
      return answer(404, { error: ERRORS.notFound(model) });
    }
    if (this.fault === 'stall') return undefined;
    if (this.fault === 'error') return answer(500, { error: ERRORS.crashed });
    if (this.fault === 'unavailable') return answer(503, { error: ERRORS.busy });
    const embeddings = input.map((text) => cutTo(dimensions, vectorOf(text)));
    // `omitempty` leaves out a count of 0.
    const tokens = input.reduce((sum, text) => sum + text.split(/\s+/).length, 0);
    return answer(200, {
      model,
      embeddings,
      ...(input.length > 0 && {
        total_duration: Number(process.hrtime.bigint() - startedAt),
        load_duration: 12_345,
        prompt_eval_count: tokens,
      }),
    });
  }
}

/** A text, which may be empty and then is none, or a list of texts; undefined for anything else. */
function inputOf(input: unknown): readonly string[] | undefined {
  if (input === undefined || input === null || input === '') return [];
  if (typeof input === 'string') return [input];
  return Array.isArray(input) && input.every((text) => typeof text === 'string') ? input : undefined;
}

/** A shorter vector is normalized again. */
function cutTo(dimensions: number, vector: readonly number[]): readonly number[] {
  if (dimensions <= 0 || dimensions >= vector.length) return vector;
  const part = vector.slice(0, dimensions);
  const length = Math.max(Math.hypot(...part), 1e-12);
  return part.map((value) => value / length);
}
