import type { IncomingMessage, ServerResponse } from 'node:http';
import { ask } from './asked.js';
import { complete, ERRORS, refusal } from './completion.js';
import { control } from './control.js';
import type { Models } from './models.js';
import type { LoggedRequest, RequestLog } from './request-log.js';
import { json, plain } from './respond.js';
import type { Scripts } from './scripts.js';
import type { Ticker } from './ticker.js';
import { type Endpoint, loaded } from './wire.js';

const VERSION = '0.12.6';

export interface RouteParts {
  readonly models: Models;
  readonly scripts: Scripts;
  readonly log: RequestLog;
  readonly ticker: Ticker;
}

/** Answers one request. Whatever goes wrong in here is told as a 400, so that a broken test does not hang. */
export async function route(
  parts: RouteParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://double');
    const name = `${request.method} ${pathname}`;
    const body = await bodyOf(request);
    if (pathname.startsWith('/__double/')) {
      return control(name, searchParams.has('default'), body, parts, response);
    }
    const logged = parts.log.begin(request.method ?? '', pathname);
    response.once('close', () => {
      if (logged.endedAt === undefined) parts.log.disconnect(logged);
    });
    if (name === 'POST /api/chat') return await completion('chat', parts, logged, body, response);
    if (name === 'POST /api/generate') return await completion('generate', parts, logged, body, response);
    parts.log.end(logged);
    return other(name, parts.models, body, response);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else json(response, 400, { error: (error as Error).message });
  }
}

async function completion(
  endpoint: Endpoint,
  { models, scripts, log, ticker }: RouteParts,
  request: LoggedRequest,
  body: string,
  response: ServerResponse,
): Promise<void> {
  const answer = (status: number, object: object): void => {
    request.status = status;
    log.end(request);
    json(response, status, object);
  };
  try {
    request.body = body === '' ? undefined : JSON.parse(body);
  } catch {
    return answer(400, { error: 'invalid character in the request body' });
  }
  const asked = ask(endpoint, request.body);
  if ('error' in asked) return answer(asked.status, { error: asked.error });
  if (!models.has(asked.model)) return answer(404, { error: ERRORS.notFound(asked.model) });
  if (asked.idle) return answer(200, loaded(endpoint, asked.model, asked.idle));

  const script = scripts.take(asked.question);
  const refused = refusal({ asked, script });
  if (refused) return answer(refused.status, { error: refused.error });
  request.status = 200;
  log.changed();
  await complete({ asked, script, response, request, log, ticker });
}

function other(name: string, models: Models, body: string, response: ServerResponse): void {
  switch (name) {
    case 'GET /':
    case 'HEAD /':
      return plain(response, 200, 'Ollama is running');
    case 'GET /api/version':
    case 'HEAD /api/version':
      return json(response, 200, { version: VERSION });
    case 'GET /api/tags':
    case 'HEAD /api/tags':
      return json(response, 200, { models: models.list() });
    case 'POST /api/show': {
      const { model = '', name = '' } = JSON.parse(body) as { model?: string; name?: string };
      const wanted = model || name;
      if (wanted === '') return json(response, 400, { error: 'model is required' });
      if (!models.has(wanted)) return json(response, 404, { error: ERRORS.notFound(wanted) });
      return json(response, 200, models.show());
    }
    default:
      return plain(response, 404, '404 page not found');
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}
