import { EventSource } from 'eventsource';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { type ErrorCode, isRetryable } from '../../src/protocol/error-codes.js';
import type { Frame } from '../../src/protocol/frames.js';
import type { Message } from '../../src/protocol/message.js';
import type { Person, Transcript } from '../support/client.js';
import { FRAME_EVENTS } from '../transports/socketio/client.js';

/** Where a viewer begins: after a cursor, or wherever a stream without one begins. */
export type From = string | undefined;

/** Frames of a conversation as one transport brings them, by a client that others wrote. */
export interface Viewer {
  /** The next frame; undefined when the stream is over. */
  next(): Promise<Frame | undefined>;
  /** Cuts the connection, wherever it is. */
  cut(): void;
}

/** The message whose answer is viewed. */
export interface Sent {
  readonly text: string;
  readonly client_message_id: string;
}

export interface Transport {
  readonly name: string;
  /** `seen` is what the person has seen of the answer so far, on whichever transport; only `watch` adds to it. */
  view(person: Person, conversation: string, from: From, sent: Sent, seen: Transcript): Viewer;
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
    const queue = new Inbox(() => source.close());
    source.addEventListener('message', ({ data }) => queue.put(JSON.parse(data as string) as Frame));
    return queue;
  },
};

const webSocket: Transport = {
  name: 'WebSocket',
  view(person, conversation, from) {
    const path = `/ws/conversations/${conversation}${query(person, from)}`;
    const socket = new WebSocket(person.url.replace('http', 'ws') + path);
    const queue = new Inbox(() => socket.terminate());
    socket.on('message', (data: Buffer) => queue.put(JSON.parse(data.toString()) as Frame));
    socket.on('error', () => {});
    socket.on('close', () => queue.end());
    return queue;
  },
};

type Joined = { ok: true } | { ok: false; error: { code: ErrorCode; detail: string } };

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
      const queue = new Inbox(() => socket.disconnect());
      for (const type of FRAME_EVENTS) socket.on(type, (frame: Frame) => queue.put(frame));
      socket.on('connect', () => {
        const place = { conversationId: conversation, ...(from !== undefined && { cursor: from }) };
        socket.emit('join', place, (answer: Joined) => {
          if (answer.ok) return;
          const { code, detail: error } = answer.error;
          queue.put({
            type: 'error',
            conversationId: conversation,
            code,
            error,
            retryable: isRetryable(code),
          });
          queue.end();
        });
      });
      socket.on('connect_error', () => queue.end());
      socket.on('disconnect', () => queue.end());
      return queue;
    },
  };
}

/**
 * A mobile app, without any stream: it reads the messages, then waits for the whole answer by sending again. What it has
 * is shown as frames; a client that is cut between dropping the old text and taking the new begins again.
 */
const rest: Transport = {
  name: 'REST',
  view(person, conversation, _from, sent, seen) {
    const path = `/api/conversations/${conversation}/messages`;
    const show = (message: Message, cursor: string): Frame[] => {
      const at = { conversationId: conversation, messageId: message.id };
      const [seq, attempt, position] = cursor.split('.').map(Number) as [number, number, number];
      const beginning = `${seq}.0.1`;
      const ended = message.completedAt !== undefined;
      // A client that is cut between the text and the end stands before the end.
      const afterText = ended ? `${seq}.${attempt}.${position - 1}` : cursor;
      return [
        { ...at, type: 'reset', cursor: beginning, reason: 'asked anew' },
        ...(message.content === ''
          ? []
          : [{ ...at, type: 'chunk', cursor: afterText, data: message.content } as const]),
        ...(ended ? [{ ...at, type: 'done', cursor, message } as const] : []),
      ];
    };
    async function* frames(): AsyncGenerator<Frame, void> {
      for (;;) {
        const { body } = await person.call('GET', path);
        const answer = (body.items as Message[]).findLast(({ role }) => role === 'assistant');
        if (!answer) throw new Error('the answer is not there');
        expectToGoOn(answer, body.streamCursor, seen);
        yield* show(answer, body.streamCursor);
        if (answer.completedAt !== undefined) return;
        const whole = await person.chat(conversation, sent.text, sent);
        if (whole.id !== answer.id) throw new Error('sent again, it is another answer');
      }
    }
    const read = frames();
    return { next: async () => (await read.next()).value ?? undefined, cut: () => {} };
  },
};

/**
 * A page must go on from what was seen: it has that text and perhaps more, and its cursor is the end of its text. For
 * example, after `Drink ` at cursor 1.1.6 a page may have `Drink hot ` with streamCursor 1.1.10.
 * @throws when it does not. No attempt fails here, so text is never taken back.
 */
function expectToGoOn({ id, content, completedAt }: Message, streamCursor: string, seen: Transcript): void {
  const text = seen.textOf(id);
  if (!content.startsWith(text)) throw new Error(`after "${text}" the page has "${content}"`);
  const [seq, attempt, position] = streamCursor.split('.').map(Number) as [number, number, number];
  const [seenSeq, seenAttempt] = (seen.cursor ?? '').split('.').map(Number) as [number, number];
  const end = Buffer.byteLength(content) + (completedAt === undefined ? 0 : 1);
  // Before the first attempt begins, an answer stands at 1.0.1, after the frame that announces it.
  const isBeforeText = attempt === 0 && content === '' && position === 1;
  if (seq !== seenSeq || attempt < seenAttempt || (position !== end && !isBeforeText)) {
    throw new Error(`after ${seen.cursor} a page of ${end} bytes has the cursor ${streamCursor}`);
  }
}

/** The answer in the very response to its message. Sent again it begins anew, so it takes up nothing. */
const sendAndStream: Transport = {
  name: 'send-and-stream',
  view(person, conversation, _from, sent) {
    const events = person.sendAndStream(conversation, sent.text, sent);
    return {
      next: async () => (await events.next()).value?.frame,
      cut: () => void events.return(),
    };
  },
};

/** Those that take up an answer anywhere. */
export const TRANSPORTS: readonly Transport[] = [
  sse,
  webSocket,
  socketIo('websocket'),
  socketIo('polling'),
  rest,
];

/** Those on which an answer may begin. */
export const BEGINNINGS: readonly Transport[] = [...TRANSPORTS, sendAndStream];

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
