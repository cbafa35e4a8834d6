import { EventSource } from 'eventsource';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import type { Frame } from '../../src/protocol/frames.js';
import type { Person, Transcript } from '../support/client.js';

/** Where a viewer begins: after a cursor, or wherever a stream without one begins. */
export type From = string | undefined;

/** Frames of a conversation as one transport brings them, by a client that others wrote. */
export interface Viewer {
  /** The next frame; undefined when the stream is over. */
  next(): Promise<Frame | undefined>;
  /** Cuts the connection, wherever it is. */
  cut(): void;
}

export interface Transport {
  readonly name: string;
  view(person: Person, conversation: string, from: From): Viewer;
}

/** Frames that come by themselves, kept until they are asked for. */
class Inbox implements Viewer {
  readonly #frames: Frame[] = [];
  #over = false;
  #wake: () => void = () => {};
  readonly #cut: () => void;

  constructor(cut: () => void) {
    this.#cut = cut;
  }

  put(frame: Frame): void {
    this.#frames.push(frame);
    this.#wake();
  }

  end(): void {
    this.#over = true;
    this.#wake();
  }

  async next(): Promise<Frame | undefined> {
    while (this.#frames.length === 0 && !this.#over) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#frames.shift();
  }

  cut(): void {
    this.#cut();
    this.end();
  }
}

function query(person: Person, from: From): string {
  return `?token=${person.token}${from === undefined ? '' : `&cursor=${from}`}`;
}

const sse: Transport = {
  name: 'SSE',
  view(person, conversation, from) {
    const path = `/api/conversations/${conversation}/stream${query(person, from)}`;
    const source = new EventSource(person.url + path);
    const inbox = new Inbox(() => source.close());
    source.addEventListener('message', ({ data }) => inbox.put(JSON.parse(data as string) as Frame));
    return inbox;
  },
};

const webSocket: Transport = {
  name: 'WebSocket',
  view(person, conversation, from) {
    const path = `/ws/conversations/${conversation}${query(person, from)}`;
    const socket = new WebSocket(person.url.replace('http', 'ws') + path);
    const inbox = new Inbox(() => socket.terminate());
    socket.on('message', (data: Buffer) => inbox.put(JSON.parse(data.toString()) as Frame));
    socket.on('error', () => {});
    socket.on('close', () => inbox.end());
    return inbox;
  },
};

const TYPES = ['accepted', 'chunk', 'reset', 'done', 'error', 'ready', 'stopping'] as const;

function socketIo(transport: 'websocket' | 'polling'): Transport {
  return {
    name: `Socket.IO over ${transport}`,
    view(person, conversation, from) {
      const socket = io(person.url, {
        auth: { token: person.token },
        transports: [transport],
        forceNew: true,
        reconnection: false,
      });
      const inbox = new Inbox(() => socket.disconnect());
      for (const type of TYPES) socket.on(type, (frame: Frame) => inbox.put(frame));
      socket.on('connect', () => {
        const place = { conversationId: conversation, ...(from !== undefined && { cursor: from }) };
        socket.emit('join', place, (answer: { ok: boolean }) => {
          if (!answer.ok) inbox.end();
        });
      });
      socket.on('disconnect', () => inbox.end());
      return inbox;
    },
  };
}

/** A mobile app: no stream at all. It asks for the messages, and shows what there is as if it were frames. */
const rest: Transport = {
  name: 'REST',
  view(person, conversation) {
    const cut = new AbortController();
    const ready: Frame[] = [];
    return {
      async next() {
        while (ready.length === 0 && !cut.signal.aborted) {
          const { body } = await person.call('GET', `/api/conversations/${conversation}/messages`);
          const answer = body.items.findLast(({ role }: { role: string }) => role === 'assistant');
          const at = { conversationId: conversation, messageId: answer.id };
          const now = { ...at, cursor: body.streamCursor };
          // Who is cut between dropping the old text and taking the new stands at the beginning.
          const beginning = `${body.streamCursor.split('.')[0]}.0.1`;
          ready.push({ ...at, cursor: beginning, type: 'reset', reason: 'asked anew' });
          if (answer.content !== '') ready.push({ ...now, type: 'chunk', data: answer.content });
          if (answer.completedAt !== undefined) ready.push({ ...now, type: 'done', message: answer });
        }
        return ready.shift();
      },
      cut: () => cut.abort(),
    };
  },
};

export const TRANSPORTS: readonly Transport[] = [
  sse,
  webSocket,
  socketIo('websocket'),
  socketIo('polling'),
  rest,
];

/** Takes frames into the transcript until `enough`, then cuts. */
export async function watch(
  viewer: Viewer,
  transcript: Transcript,
  enough: (frame: Frame) => boolean,
): Promise<void> {
  try {
    for (;;) {
      const frame = await viewer.next();
      if (!frame) throw new Error('the stream was over too early');
      transcript.take(frame);
      if (enough(frame)) return;
    }
  } finally {
    viewer.cut();
  }
}
