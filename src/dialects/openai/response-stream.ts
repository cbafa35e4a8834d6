import { type Cursor, parseCursor } from '../../protocol/cursor.js';
import type { ErrorFrame, Frame } from '../../protocol/frames.js';
import type { Message } from '../../protocol/message.js';
import type { Projection } from '../projection.js';
import { endingOf } from './ending.js';
import { itemStatus, outputItem, outputText, type ResponseFields, responseOf } from './response-object.js';
import { isHalfRestarted, LAST_OPENING, restartNumbers, sequenceNumber } from './sequence.js';

/** One event of a response. Which fields it has depends on its type. */
interface ResponseEvent {
  readonly type: string;
  readonly sequence_number: number;
  readonly [field: string]: unknown;
}

export interface ResponseStreamOptions {
  /** The answer as it was accepted. */
  readonly message: Message;
  readonly fields: ResponseFields;
  /** Events up to this number were seen; −1 for none. */
  readonly after: number;
}

/** Where the text is in a response's output. */
const PLACE = { output_index: 0, content_index: 0 } as const;

/** One answer as the events of a streamed response. */
export class ResponseStream implements Projection {
  readonly #options: ResponseStreamOptions;
  readonly #item: { readonly item_id: string };
  /** The number of the last event that the client has. */
  #last: number;
  #hasText: boolean;

  constructor(options: ResponseStreamOptions) {
    this.#options = options;
    this.#item = { item_id: `msg_${options.message.id}` };
    this.#last = options.after;
    this.#hasText = options.after > LAST_OPENING;
  }

  opening(): readonly ResponseEvent[] {
    const { message, fields, after } = this.#options;
    if (isHalfRestarted(after)) return this.#unseen(this.#newItem(after, after + 1));
    const status = fields.background ? 'queued' : 'streaming';
    const begun = (status: 'queued' | 'streaming') => responseOf({ ...message, status, content: '' }, fields);
    return this.#unseen([
      { type: 'response.created', sequence_number: 0, response: begun(status) },
      { type: 'response.in_progress', sequence_number: 1, response: begun('streaming') },
      ...this.#newItem(2, 3),
    ]);
  }

  take(frame: Frame): readonly ResponseEvent[] | 'break' {
    if ('messageId' in frame && frame.messageId !== this.#options.message.id) return [];
    switch (frame.type) {
      case 'chunk': {
        this.#hasText = true;
        const sequence_number = sequenceNumber(cursorOf(frame.cursor));
        const text = { ...this.#item, ...PLACE, delta: frame.data, logprobs: [] };
        return this.#unseen([{ type: 'response.output_text.delta', sequence_number, ...text }]);
      }
      case 'reset':
        // An item that is added again at its index takes the place of the one before.
        return this.#hasText ? this.#unseen(this.#newItem(...restartNumbers(cursorOf(frame.cursor)))) : [];
      case 'done':
        return this.#end(frame.message, cursorOf(frame.cursor));
      case 'error':
        if (frame.message && frame.cursor !== undefined) {
          return this.#end(frame.message, cursorOf(frame.cursor));
        }
        return [this.#refused(frame)];
      case 'accepted':
      case 'receipt':
      case 'ready':
      case 'stopping':
      case 'thinking':
      case 'waiting':
      case 'transcript':
      case 'alert':
      case 'sources':
      case 'pong':
        return [];
    }
  }

  closing(): readonly ResponseEvent[] {
    return [];
  }

  #newItem(added: number, part: number): ResponseEvent[] {
    const { id } = this.#options.message;
    return [
      {
        type: 'response.output_item.added',
        sequence_number: added,
        output_index: 0,
        item: outputItem(id, 'in_progress'),
      },
      {
        type: 'response.content_part.added',
        sequence_number: part,
        ...this.#item,
        ...PLACE,
        part: outputText(''),
      },
    ];
  }

  #end(message: Message, end: Cursor): readonly ResponseEvent[] {
    const first = sequenceNumber(end);
    const { content: text } = message;
    const response = responseOf(message, this.#options.fields);
    return this.#unseen([
      {
        type: 'response.output_text.done',
        sequence_number: first,
        ...this.#item,
        ...PLACE,
        text,
        logprobs: [],
      },
      {
        type: 'response.content_part.done',
        sequence_number: first + 1,
        ...this.#item,
        ...PLACE,
        part: outputText(text),
      },
      {
        type: 'response.output_item.done',
        sequence_number: first + 2,
        output_index: 0,
        item: outputItem(message.id, itemStatus(message), text),
      },
      { type: lastType(message), sequence_number: first + 3, response },
    ]);
  }

  /** Not an event of the answer: after it a client goes on from the event before. */
  #refused({ code, error }: ErrorFrame): ResponseEvent {
    return { type: 'error', sequence_number: Math.max(this.#last, 0), code, message: error, param: null };
  }

  #unseen(events: readonly ResponseEvent[]): readonly ResponseEvent[] {
    const unseen = events.filter(({ sequence_number }) => sequence_number > this.#last);
    this.#last = unseen.at(-1)?.sequence_number ?? this.#last;
    return unseen;
  }
}

/** There is no event for a cancelled response: its status tells. */
function lastType(message: Message): string {
  const ending = endingOf(message);
  if (ending === 'complete') return 'response.completed';
  return ending === 'failed' ? 'response.failed' : 'response.incomplete';
}

function cursorOf(text: string): Cursor {
  const cursor = parseCursor(text);
  if (!cursor) throw new Error('a frame has a cursor that is none');
  return cursor;
}
