import { EventParser } from '../sse-parser.js';
import { broken, type Connect, type Events, endingOf, type TransportPorts, tellText } from './transport.js';

/** An event stream by `fetch`: unlike an EventSource it sends the header, and says why it was refused. */
export function sse({ rest }: TransportPorts): Connect {
  return ({ conversationId, cursor }, events) => {
    const gone = new AbortController();
    const path = `/api/conversations/${encodeURIComponent(conversationId)}/stream?cursor=${cursor}`;

    async function listen(): Promise<void> {
      const { response, token } = await rest.open('GET', path, {
        accept: 'text/event-stream',
        signal: gone.signal,
      });
      events.opened();
      if (response.body) await read(response.body, events, token);
      events.ended(broken('the stream ended'));
    }

    listen().catch((thrown: unknown) => {
      const ending = endingOf(thrown);
      // What is on the way may break streams alone.
      events.ended(ending.kind === 'unreachable' ? { ...ending, kind: 'broken' } : ending);
    });
    const close = (): void => gone.abort();
    return { close, cut: close, poke: () => false };
  };
}

async function read(body: ReadableStream<Uint8Array>, events: Events, token: string): Promise<void> {
  const parser = new EventParser();
  const decoder = new TextDecoder();
  const reader = body.getReader();
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    // A heartbeat as well.
    events.heard();
    for (const data of parser.push(decoder.decode(value, { stream: true }))) {
      tellText(events, data, token);
    }
  }
}
