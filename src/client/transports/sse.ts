import { lazy } from './lazy.js';
import { type SharedStream, sharedStream } from './shared/shared-stream.js';
import type { Transport, TransportPorts } from './transport.js';

/**
 * An event stream by `fetch`, one for all conversations, and for all tabs of a browser that lets them share. An EventSource
 * could not send the `Authorization` header, nor see why it was refused.
 */
export function sse(ports: TransportPorts): Transport {
  const streams = new Map<string | undefined, Promise<SharedStream>>();
  // Which stream it is depends on the token that the client has by then.
  return lazy(async () => {
    const stream = await sharedStream(streams, ports);
    return (from, events) => stream.open(from, events);
  });
}
