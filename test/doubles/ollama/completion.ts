import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Asked, Refusal } from './asked.js';
import { type Outlet, Streamed, Whole } from './outlet.js';
import type { LoggedRequest, RequestLog } from './request-log.js';
import type { Script } from './script.js';
import { partsOf, speak } from './speech.js';
import type { Ticker } from './ticker.js';
import type { Ending } from './wire.js';

/** Errors as Ollama words them (server/routes.go, server/sched.go). */
export const ERRORS = {
  notFound: (model: string) => `model '${model}' not found`,
  crashed: 'llama runner process has terminated: exit status 2',
  busy: 'server busy, please try again.  maximum pending requests exceeded',
  noThinking: (model: string) => `"${model}" does not support thinking`,
  prefill: 'Assistant response prefill is incompatible with enable_thinking.',
};

export interface Exchange {
  readonly asked: Asked;
  readonly promptTokens: number;
  readonly left: AbortSignal;
  readonly script: Script;
  readonly response: ServerResponse;
  readonly request: LoggedRequest;
  readonly log: RequestLog;
  readonly ticker: Ticker;
}

/** Whether the script, or the model that it makes, refuses the request. */
export function refusal({ asked, script }: Pick<Exchange, 'asked' | 'script'>): Refusal | undefined {
  if (script.fault === 'not-found') return { status: 404, error: ERRORS.notFound(asked.model) };
  if (script.fault === 'error') return { status: 500, error: ERRORS.crashed };
  if (script.fault === 'unavailable') return { status: 503, error: ERRORS.busy };
  const thinks = script.thinking !== undefined && asked.think !== false;
  if (thinks && asked.beginning !== '') return { status: 400, error: ERRORS.prefill };
  return undefined;
}

/** Says what the script says, and meets its fault. */
export async function complete({
  asked,
  promptTokens,
  left,
  script,
  response,
  request,
  log,
  ticker,
}: Exchange): Promise<void> {
  const startedAt = process.hrtime.bigint();
  const outlet = asked.stream
    ? new Streamed(asked.endpoint, asked.model, response, script.writes)
    : new Whole(asked.endpoint, asked.model, response);

  const { fault, after = 0 } = script;
  const all = partsOf(script, asked.beginning, asked.think, request.id);
  const parts = fault === undefined || fault === 'garbage' ? all : all.slice(0, after);
  let firstTokenAt = startedAt;
  for await (const part of speak(parts, script, ticker, left)) {
    if (request.tokens === 0) firstTokenAt = process.hrtime.bigint();
    if (fault === 'garbage' && request.tokens === after) await outlet.garbage();
    await outlet.token(part);
    log.token(request);
  }
  const ending: Ending = {
    reason: script.doneReason ?? 'stop',
    startedAt,
    firstTokenAt,
    promptTokens,
    tokens: parts.length,
  };
  if (fault !== 'stall') log.end(request);
  await end(script, ending, outlet, response, left);
}

async function end(
  { fault }: Script,
  ending: Ending,
  outlet: Outlet,
  response: ServerResponse,
  left: AbortSignal,
): Promise<void> {
  switch (fault) {
    case 'stall':
      await outlet.flush();
      if (!left.aborted) await once(left, 'abort');
      return;
    case 'cut':
      await outlet.flush();
      response.destroy();
      return;
    case 'no-done':
      return outlet.breakOff();
    case 'error-line':
      return outlet.fail(ERRORS.crashed);
    case 'garbage':
    case 'not-found':
    case 'error':
    case 'unavailable':
    case undefined:
      return outlet.finish(ending);
  }
}
