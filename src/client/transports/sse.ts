import { EventParser } from '../sse-parser.js';
import {
  type ConnectionEvents,
  disconnectOf,
  failed,
  passText,
  type Transport,
  type TransportPorts,
} from './transport.js';

/** An event stream by `fetch`. An EventSource could not send the `Authorization` header, nor see why it was refused. */
export function sse({ rest }: TransportPorts): Transport {
  return ({ conversationId, cursor }, events) => {
    const aborted = new AbortController();
    const path = `/api/conversations/${encodeURIComponent(conversationId)}/stream?cursor=${cursor}`;

    async function open(): Promise<void> {
      const { response, token } = await rest.open('GET', path, {
        accept: 'text/event-stream',
        signal: aborted.signal,
      });
      events.opened();
      if (response.body) await read(response.body, events, token);
      events.ended(failed('the stream ended'));
    }

    open().catch((thrown: unknown) => {
      const reason = disconnectOf(thrown);
      // A proxy may break streams and let other requests through: polling may work.
      events.ended(reason.kind === 'unreachable' ? { ...reason, kind: 'failed' } : reason);
    });
    const close = (): void => aborted.abort();
    return { close, cut: close, ping: () => false };
  };
}

async function read(
  body: ReadableStream<Uint8Array>,
  events: ConnectionEvents,
  token: string,
): Promise<void> {
  const parser = new EventParser();
  const decoder = new TextDecoder();
  const reader = body.getReader();
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    // A heartbeat is no event, and shows all the same that the server is alive.
    events.alive();
    for (const data of parser.push(decoder.decode(value, { stream: true }))) {
      passText(events, data, token);
    }
  }
}
