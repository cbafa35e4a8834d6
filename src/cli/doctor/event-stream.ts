import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Ask, Gateway } from './gateway.js';

/** An event stream, asked for as a browser does: it may be compressed. */
export interface EventStream {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Time from the request to the headers, in ms. */
  readonly headersMs: number;
  /** The data of each event, and when it came. Ends with the stream, also when that breaks. */
  readonly events: () => AsyncIterable<StreamEvent>;
  /** Resolves when the stream has ended, with the code of the error if it broke. */
  readonly ended: Promise<string | undefined>;
  close(): void;
}

export interface StreamEvent {
  readonly data: string;
  /** ms since the request. */
  readonly atMs: number;
}

/** @throws when no headers come in time */
export async function openEventStream(gateway: Gateway, path: string, ask: Ask): Promise<EventStream> {
  const began = performance.now();
  const response = await gateway.open(path, {
    ...ask,
    headers: { Accept: 'text/event-stream', 'Accept-Encoding': 'gzip, deflate, br', ...ask.headers },
  });
  const ended = new Promise<string | undefined>((resolve) => {
    response.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.name));
    response.once('close', () => resolve(undefined));
  });
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    headersMs: performance.now() - began,
    events: () => eventsIn(plain(response), began),
    ended,
    close: () => response.destroy(),
  };
}

async function* eventsIn(body: Readable, began: number): AsyncGenerator<StreamEvent, void> {
  let text = '';
  try {
    for await (const piece of body.setEncoding('utf8')) {
      text += String(piece);
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      const atMs = performance.now() - began;
      for (const block of blocks) {
        const data = /^data: ?(.*)$/m.exec(block)?.[1];
        if (data !== undefined) yield { data, atMs };
      }
    }
  } catch {
    // The stream broke; `ended` has the error.
  }
}

function plain(response: IncomingMessage): Readable {
  const decoder = DECODERS[response.headers['content-encoding'] ?? '']?.();
  if (!decoder) return response;
  response.once('error', (error) => decoder.destroy(error));
  response.once('aborted', () => decoder.end());
  return response.pipe(decoder);
}

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};
