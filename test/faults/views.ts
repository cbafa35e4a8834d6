import { setTimeout as sleep } from 'node:timers/promises';
import type { Frame } from '../../src/protocol/frames.js';
import { TRANSPORTS, type Transport } from '../contract/delivery.js';
import { type Person, Transcript } from '../support/client.js';
import type { Heard } from './transcript.js';

/** One way to look at a conversation. */
export interface View {
  readonly name: string;
  /** Whether text comes by itself. */
  readonly streams: boolean;
  /** What comes after `from`; ends when the connection does, or `signal` aborts. @throws when it breaks. */
  open(person: Person, conversation: string, from: string | undefined, signal: AbortSignal): Told;
}

type Told = AsyncGenerator<Heard, void>;

/** How often a client without a stream looks, in ms. */
const LOOK_MS = 300;

const sse: View = {
  name: 'SSE',
  streams: true,
  async *open(person, conversation, from, signal) {
    const query = from === undefined ? '' : `?cursor=${from}`;
    const headers = { Authorization: `Bearer ${person.token}`, Accept: 'text/event-stream' };
    const path = `/api/conversations/${conversation}/stream${query}`;
    const response = await fetch(person.url + path, { headers, signal });
    if (response.status === 400) yield refusedCursor(conversation, await response.text());
    else for await (const { frame } of person.events(response)) yield { kind: 'frame', frame };
  },
};

const polling: View = {
  name: 'REST',
  streams: false,
  async *open(person, conversation, _from, signal) {
    const headers = { Authorization: `Bearer ${person.token}` };
    const path = `${person.url}/api/conversations/${conversation}/messages?limit=100`;
    while (!signal.aborted) {
      const response = await fetch(path, { headers, signal });
      if (response.status !== 200) throw new Error(`page: ${response.status} ${await response.text()}`);
      const { items, streamCursor } = (await response.json()) as Page;
      yield { kind: 'page', items, cursor: streamCursor };
      await sleep(LOOK_MS, undefined, { signal });
    }
  },
};

type Page = Pick<Extract<Heard, { kind: 'page' }>, 'items'> & { streamCursor: string };

function socket(transport: Transport): View {
  return {
    name: transport.name,
    streams: true,
    async *open(person, conversation, from, signal) {
      const sent = { text: '', client_message_id: '' };
      const viewer = transport.view(person, conversation, from, sent, new Transcript());
      const cut = (): void => viewer.cut();
      signal.addEventListener('abort', cut);
      try {
        for (;;) {
          const frame = await viewer.next();
          // Frames of a connection that was given up are not looked at.
          if (!frame || signal.aborted) return;
          yield { kind: 'frame', frame };
        }
      } finally {
        signal.removeEventListener('abort', cut);
        cut();
      }
    },
  };
}

/** All of them. Sockets are those of the transports' own suite. */
export const VIEWS: readonly View[] = [
  sse,
  polling,
  ...TRANSPORTS.filter(({ name }) => /^(WebSocket|Socket\.IO)/.test(name)).map(socket),
];

function refusedCursor(conversationId: string, error: string): Heard {
  const frame: Frame = { type: 'error', conversationId, error, code: 'bad_request', retryable: false };
  return { kind: 'frame', frame };
}
