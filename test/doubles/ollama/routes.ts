import type { IncomingMessage, ServerResponse } from 'node:http';
import { ask } from './asked.js';
import { complete, ERRORS, refusal } from './completion.js';
import { control } from './control.js';
import type { Embedding } from './embedding.js';
import type { Hearing } from './hearing.js';
import type { Models } from './models.js';
import type { LoggedRequest, RequestLog } from './request-log.js';
import { json, plain } from './respond.js';
import type { Scheduler } from './scheduler.js';
import type { Scripts } from './scripts.js';
import type { Ticker } from './ticker.js';
import { type Endpoint, loaded } from './wire.js';

const VERSION = '0.12.6';

const COMPLETIONS: Partial<Record<string, Endpoint>> = {
  'POST /api/chat': 'chat',
  'POST /api/generate': 'generate',
};

export interface RouteParts {
  readonly models: Models;
  readonly scripts: Scripts;
  readonly log: RequestLog;
  readonly ticker: Ticker;
  readonly scheduler: Scheduler;
  readonly hearing: Hearing;
  readonly embedding: Embedding;
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
    if (name === 'POST /v1/audio/transcriptions') return await parts.hearing.answer(parts, request, response);
    const body = await bodyOf(request);
    if (pathname.startsWith('/__double/')) {
      return control(name, searchParams.has('default'), body, parts, response);
    }
    const endpoint = COMPLETIONS[name];
    const embeds = name === 'POST /api/embed';
    if (!endpoint && !embeds) return await other(name, parts, body, response);
    const logged = parts.log.begin(
      request.method ?? '',
      pathname,
      request.headers['traceparent']?.toString(),
    );
    response.once('close', () => {
      if (logged.endedAt === undefined) parts.log.disconnect(logged);
    });
    if (!endpoint) return parts.embedding.answer(parts, logged, body, response);
    return await completion(endpoint, parts, logged, body, response);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else json(response, 400, { error: (error as Error).message });
  }
}

async function completion(
  endpoint: Endpoint,
  { models, scripts, log, ticker, scheduler }: RouteParts,
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
  if (asked.think && asked.think !== 'false' && !models.thinks(asked.model))
    return answer(400, { error: ERRORS.noThinking(asked.model) });
  if (asked.idle) return answer(200, loaded(endpoint, asked.model, asked.idle));

  const script = scripts.take(asked.question);
  const refused = refusal({ asked, script });
  if (refused) return answer(refused.status, { error: refused.error });
  const left = new AbortController();
  response.once('close', () => left.abort());
  const window = models.window(asked.model, asked.numCtx);
  const admitted = await scheduler.admit(asked.model, window, left.signal);
  if (admitted === 'gone') return;
  if (admitted === 'busy') return answer(503, { error: ERRORS.busy });
  try {
    const fit = asked.fit(window);
    if ('error' in fit) return answer(fit.status, { error: fit.error });
    request.dropped = fit.dropped;
    request.status = 200;
    log.changed();
    const { promptTokens } = fit;
    await complete({ asked, promptTokens, left: left.signal, script, response, request, log, ticker });
  } finally {
    scheduler.release();
  }
}

async function other(
  name: string,
  { models, scheduler }: RouteParts,
  body: string,
  response: ServerResponse,
): Promise<void> {
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
    case 'GET /api/ps':
      return json(response, 200, { models: models.loaded(await scheduler.list()) });
    case 'POST /api/show': {
      const { model = '', name = '' } = JSON.parse(body) as { model?: string; name?: string };
      const wanted = model || name;
      if (wanted === '') return json(response, 400, { error: 'model is required' });
      if (!models.has(wanted)) return json(response, 404, { error: ERRORS.notFound(wanted) });
      return json(response, 200, models.show(wanted));
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
