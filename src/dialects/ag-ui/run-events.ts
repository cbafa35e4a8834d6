import type { Alert } from '../../protocol/alert.js';
import type { DoneFrame, ErrorFrame, Frame } from '../../protocol/frames.js';
import type { GeneratedBy, Usage } from '../../protocol/message.js';
import type { Source } from '../../protocol/source.js';
import type { RunInput } from '../../schemas/ag-ui-schemas.js';
import { AnswerFrames } from '../answer-frames.js';
import type { Projection } from '../projection.js';

interface Run {
  readonly threadId: string;
  readonly runId: string;
}

/** Of AG-UI 1.0, what is sent here. */
export type RunEvent =
  | ({ readonly type: 'RUN_STARTED'; readonly protocolVersion: '1.0' } & Run)
  | { readonly type: 'TEXT_MESSAGE_START'; readonly messageId: string; readonly role: 'assistant' }
  | { readonly type: 'TEXT_MESSAGE_CONTENT'; readonly messageId: string; readonly delta: string }
  | { readonly type: 'TEXT_MESSAGE_END'; readonly messageId: string }
  | { readonly type: 'MESSAGES_SNAPSHOT'; readonly messages: RunInput['messages'] }
  | { readonly type: 'CUSTOM'; readonly name: string; readonly value: unknown }
  | ({ readonly type: 'RUN_FINISHED'; readonly outcome: Outcome; readonly result: Result } & Run)
  | { readonly type: 'RUN_ERROR'; readonly message: string; readonly code: string };

interface Outcome {
  readonly type: 'success' | 'cancelled';
}

interface Result {
  readonly conversationId: string;
  readonly status: string;
  readonly model?: string;
  readonly usage?: Usage;
  readonly alert?: Alert;
  readonly sources?: readonly Source[];
  readonly generatedBy?: GeneratedBy;
}

/** One answer as a run of an AG-UI agent. */
export class RunEvents implements Projection {
  readonly #input: RunInput;
  readonly #messageId: string;
  readonly #frames: AnswerFrames;
  #textBegun = false;

  /** @param messageId the answer's */
  constructor(input: RunInput, messageId: string) {
    this.#input = input;
    this.#messageId = messageId;
    this.#frames = new AnswerFrames(messageId);
  }

  opening(): readonly RunEvent[] {
    const { threadId, runId, messages } = this.#input;
    const started: RunEvent = { type: 'RUN_STARTED', threadId, runId, protocolVersion: '1.0' };
    // A client that runs again after a fault has a part of this answer: its text comes from the start.
    const has = messages.some(({ id }) => id === this.#messageId);
    return has ? [started, this.#withoutAnswer()] : [started];
  }

  take(frame: Frame): readonly RunEvent[] {
    if (!this.#frames.include(frame)) return [];
    const messageId = this.#messageId;
    switch (frame.type) {
      case 'chunk':
        return [...this.#beginText(), { type: 'TEXT_MESSAGE_CONTENT', messageId, delta: frame.data }];
      case 'reset':
        return this.#textBegun ? [...this.#endText(), this.#withoutAnswer()] : [];
      case 'thinking':
      case 'stopping':
        return [{ type: 'CUSTOM', name: frame.type, value: { messageId } }];
      case 'transcript':
        return [
          {
            type: 'CUSTOM',
            name: 'transcript',
            value: { attachmentId: frame.attachmentId, text: frame.text },
          },
        ];
      case 'waiting':
        return [{ type: 'CUSTOM', name: 'waiting', value: { messageId, ahead: frame.ahead } }];
      case 'alert':
        return [{ type: 'CUSTOM', name: 'alert', value: { messageId, alert: frame.alert } }];
      case 'sources':
        return [{ type: 'CUSTOM', name: 'sources', value: { messageId, sources: frame.sources } }];
      case 'done':
        return this.#done(frame);
      case 'error':
        return this.#failed(frame);
      case 'accepted':
      case 'receipt':
      case 'ready':
      case 'pong':
        return [];
    }
  }

  closing(): readonly RunEvent[] {
    return [];
  }

  /** The client's messages as it sent them, which take the place of those that it has. */
  #withoutAnswer(): RunEvent {
    const messages = this.#input.messages.filter(({ id }) => id !== this.#messageId);
    return { type: 'MESSAGES_SNAPSHOT', messages };
  }

  #beginText(): RunEvent[] {
    if (this.#textBegun) return [];
    this.#textBegun = true;
    return [{ type: 'TEXT_MESSAGE_START', messageId: this.#messageId, role: 'assistant' }];
  }

  #endText(): RunEvent[] {
    if (!this.#textBegun) return [];
    this.#textBegun = false;
    return [{ type: 'TEXT_MESSAGE_END', messageId: this.#messageId }];
  }

  #done({ message }: DoneFrame): readonly RunEvent[] {
    const { threadId, runId } = this.#input;
    const { conversationId, status, model, usage, alert, sources, generatedBy } = message;
    return [
      ...this.#endText(),
      {
        type: 'RUN_FINISHED',
        threadId,
        runId,
        outcome: { type: status === 'stopped' ? 'cancelled' : 'success' },
        result: {
          conversationId,
          status,
          ...(model !== undefined && { model }),
          ...(usage && { usage }),
          ...(alert && { alert }),
          ...(sources && { sources }),
          ...(generatedBy && { generatedBy }),
        },
      },
    ];
  }

  #failed({ error, code }: ErrorFrame): readonly RunEvent[] {
    return [...this.#endText(), { type: 'RUN_ERROR', message: error, code }];
  }
}
