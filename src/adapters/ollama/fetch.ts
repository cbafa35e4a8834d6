import * as http from 'node:http';
import * as https from 'node:https';
import { text } from 'node:stream/consumers';
import { ProviderError, ShortageError } from '../../generation/provider.js';
import { objectLines } from './objects.js';

/** No connection was made. Nothing was asked, so that another host can be. */
export class UnreachableError extends ProviderError {
  constructor(options?: ErrorOptions) {
    super('llm_unavailable', 'the model server cannot be reached', options);
  }
}

/** The server, or a proxy before it, may serve the same request later. */
export class BusyError extends ProviderError {
  constructor(status: number) {
    super('llm_unavailable', `the model server is busy (${status})`);
  }
}

const BUSY: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Errors of a system call for which this process, or its machine, lacks resources. */
const SHORTAGES: ReadonlySet<unknown> = new Set([
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ENOBUFS',
  'EADDRNOTAVAIL',
  'EAI_MEMORY',
]);

/** How long a connection may take to be made, in ms. A machine that is off answers nothing, for minutes. */
const CONNECT_MS = 5000;

/** As Ollama words the refusal of a prompt that is longer than its window (llm/llama_server.go). */
const TOO_LONG = /context (?:length|size|window)|exceeds the available context/i;

/**
 * `fetch` as the Ollama client calls it, for one request that ends when `signal` aborts. Over node:http, because Node's
 * own fetch gives up after 300 s without headers or between two pieces of a body, whatever the configured limits
 * say; and a client that takes its signal from here can be aborted before the headers are there.
 * @throws ProviderError, also from the body: when there is no connection, for every status but 200, for broken lines.
 * ShortageError.
 */
export function fetchUntil(signal: AbortSignal): typeof fetch {
  return async (input, init = {}) => {
    const response = await send(new URL(input instanceof Request ? input.url : input), init, signal);
    if (response.statusCode !== 200) throw await refused(response);
    return responseOf(objectLines(response));
  };
}

/**
 * What the Ollama client uses of a `Response`: a body with a reader, or JSON. Without the web streams of a real one, which
 * cost more for each token than everything else that happens to it.
 */
function responseOf(lines: AsyncGenerator<Uint8Array, undefined>): Response {
  const used: Pick<Response, 'ok' | 'status' | 'json'> & { body: { getReader(): object } } = {
    ok: true,
    status: 200,
    body: { getReader: () => ({ read: () => lines.next() }) },
    async json(): Promise<unknown> {
      return JSON.parse(await text(lines));
    },
  };
  return used as unknown as Response;
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
    const late = setTimeout(() => request.destroy(new Error('no connection in time')), CONNECT_MS);
    request.once('close', () => clearTimeout(late));
    request.once('socket', (socket) => {
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        connected = true;
        clearTimeout(late);
      });
    });
    request.once('response', resolve);
    request.on('error', (cause) => reject(unanswered(connected, cause)));
    request.end(init.body);
  });
}

function unanswered(connected: boolean, cause: Error): Error {
  if (SHORTAGES.has((cause as NodeJS.ErrnoException).code)) return new ShortageError({ cause });
  return connected
    ? new ProviderError('llm_failed', 'the model server hung up', { cause })
    : new UnreachableError({ cause });
}

async function refused(response: http.IncomingMessage): Promise<ProviderError> {
  const { statusCode: status = 0 } = response;
  if (BUSY.has(status)) {
    response.destroy();
    return new BusyError(status);
  }
  // What it says is not told: such a message may quote what the user wrote.
  const said = await text(response).catch(() => '');
  if (TOO_LONG.test(said)) {
    return new ProviderError('llm_failed', "the conversation is longer than the model's window");
  }
  if (status === 404)
    return new ProviderError('llm_failed', 'the model server does not have the model (404)');
  return new ProviderError('llm_failed', `the model server refused the request (${status})`);
}
