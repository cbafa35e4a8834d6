import * as http from 'node:http';
import * as https from 'node:https';
import { ReadableStream } from 'node:stream/web';
import { ProviderError } from '../../generation/provider.js';
import { objectLines } from './objects.js';

/** Statuses of a server, or of a proxy before it, that may serve the same request later. */
const UNAVAILABLE: ReadonlySet<number | undefined> = new Set([429, 502, 503, 504]);

/**
 * `fetch` as the Ollama client calls it, for one request that ends when `signal` aborts. Over node:http, because Node's
 * own fetch gives up after 300 s without headers or between two pieces of a body, whatever the configured limits
 * say; and a client that takes its signal from here can be aborted before the headers are there.
 * @throws ProviderError, also from the body: when there is no connection, for every status but 200, for broken lines.
 */
export function fetchUntil(signal: AbortSignal): typeof fetch {
  return async (input, init = {}) => {
    const response = await send(new URL(input instanceof Request ? input.url : input), init, signal);
    if (response.statusCode !== 200) throw refused(response.statusCode);
    return new Response(ReadableStream.from(objectLines(response)));
  };
}

function send(url: URL, init: RequestInit, signal: AbortSignal): Promise<http.IncomingMessage> {
  const secure = url.protocol === 'https:';
  return new Promise((resolve, reject) => {
    let connected = false;
    // A connection of its own: a kept one may have been closed by the server just before it is used again.
    const request = (secure ? https : http).request(url, {
      method: init.method ?? 'GET',
      headers: Object.fromEntries(new Headers(init.headers)),
      agent: false,
      signal,
    });
    request.once('socket', (socket) => {
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        connected = true;
      });
    });
    request.once('response', resolve);
    request.on('error', (cause) => reject(unanswered(connected, cause)));
    request.end(init.body);
  });
}

function unanswered(connected: boolean, cause: Error): ProviderError {
  return connected
    ? new ProviderError('llm_failed', 'the model server hung up', { cause })
    : new ProviderError('llm_unavailable', 'the model server cannot be reached', { cause });
}

function refused(status: number | undefined): ProviderError {
  if (UNAVAILABLE.has(status))
    return new ProviderError('llm_unavailable', `the model server is busy (${status})`);
  if (status === 404)
    return new ProviderError('llm_failed', 'the model server does not have the model (404)');
  return new ProviderError('llm_failed', `the model server refused the request (${status})`);
}
