import type { Platform, UploadProgress } from './api.js';
import { networkError } from './client-error.js';
import { request } from './rest.js';

export interface FormRequest {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: FormData;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: UploadProgress) => void;
}

/** Without a sign of the server or a byte that goes out for so long, an upload has failed, in ms. */
const SILENCE_MS = 120_000;
/** Posts a form. Browsers tell the progress of an upload by `XMLHttpRequest` alone; elsewhere `fetch` says nothing of it. */
export function postForm(platform: Platform, form: FormRequest): Promise<Response> {
  const { XMLHttpRequest } = globalThis as unknown as { readonly XMLHttpRequest?: new () => XhrLike };
  if (XMLHttpRequest) return byXhr(platform, new XMLHttpRequest(), form);
  const { url, headers, body, signal } = form;
  return request(platform, url, { method: 'POST', headers, body, signal });
}

/** The part of an `XMLHttpRequest` that is used here, since the library needs no DOM types. */
interface XhrLike {
  readonly upload: { addEventListener(type: 'progress', listener: (event: UploadProgress) => void): void };
  readonly status: number;
  readonly responseText: string;
  addEventListener(type: 'load' | 'error' | 'abort', listener: () => void): void;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  getResponseHeader(name: string): string | null;
  send(body: FormData): void;
  abort(): void;
}

async function byXhr(
  { setTimer }: Platform,
  xhr: XhrLike,
  { url, headers, body, signal, onProgress }: FormRequest,
): Promise<Response> {
  const abort = (): void => xhr.abort();
  let cancelTimer = setTimer(SILENCE_MS, abort);
  signal.addEventListener('abort', abort);
  try {
    return await new Promise((resolve, reject) => {
      const fail = (): void => reject(networkError('the upload broke off'));
      if (signal.aborted) return fail();
      xhr.open('POST', url);
      for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
      xhr.upload.addEventListener('progress', ({ loaded, total }) => {
        cancelTimer();
        cancelTimer = setTimer(SILENCE_MS, abort);
        onProgress({ loaded, total });
      });
      xhr.addEventListener('load', () => resolve(responseOf(xhr)));
      xhr.addEventListener('error', fail);
      xhr.addEventListener('abort', fail);
      xhr.send(body);
    });
  } finally {
    cancelTimer();
    signal.removeEventListener('abort', abort);
  }
}

function responseOf(xhr: XhrLike): Response {
  const retryAfter = xhr.getResponseHeader('Retry-After');
  const headers = retryAfter === null ? {} : { 'Retry-After': retryAfter };
  return new Response(xhr.responseText, { status: xhr.status, headers });
}
