import type { GenerationRef } from '../../generation/generation-log.js';
import type { DoneFrame, ErrorFrame, Frame } from '../../protocol/frames.js';
import type { Message } from '../../protocol/message.js';
import { AnswerFrames } from '../answer-frames.js';
import type { Projection } from '../projection.js';

/** Of this protocol, what is sent here (`UIMessageChunk` of the AI SDK, versions 5 to 7). */
export type UiMessageChunk =
  | {
      readonly type: 'start';
      readonly messageId: string;
      readonly messageMetadata: Pick<MessageMetadata, 'conversationId'>;
    }
  | { readonly type: 'start-step' | 'reset-step' | 'finish-step' | 'abort' }
  | { readonly type: 'text-start' | 'text-end'; readonly id: string }
  | { readonly type: 'text-delta'; readonly id: string; readonly delta: string }
  | {
      readonly type: `data-${string}`;
      readonly data: unknown;
      readonly id?: string;
      readonly transient?: true;
    }
  | { readonly type: 'error'; readonly errorText: string }
  | {
      readonly type: 'finish';
      readonly finishReason: 'stop' | 'error' | 'other';
      readonly messageMetadata: MessageMetadata;
    };

/** What a client can read of an answer as `message.metadata`. */
export type MessageMetadata = Pick<
  Message,
  'status' | 'model' | 'usage' | 'alert' | 'generatedBy' | 'completedAt'
> & {
  readonly conversationId: string;
};

/** The header by which a client knows this protocol. */
export const UI_MESSAGE_HEADERS = { 'x-vercel-ai-ui-message-stream': 'v1' } as const;

/** What ends the stream for a client, which takes one that breaks off before it for a fault. */
const DONE = '[DONE]';

/**
 * One answer as a UI message stream. The message has one step with one text part, so that a client that drops the running
 * step (`reset-step`) drops the whole text.
 */
export class UiMessageStream implements Projection {
  readonly #messageId: string;
  readonly #frames: AnswerFrames;
  readonly #conversationId: string;
  readonly #knowsReset: boolean;
  #textBegun = false;

  /** @param knowsReset whether the client knows `reset-step`: version 7 does, and to 5 and 6 it is an error */
  constructor({ messageId, conversationId }: GenerationRef, knowsReset: boolean) {
    this.#messageId = messageId;
    this.#frames = new AnswerFrames(messageId);
    this.#conversationId = conversationId;
    this.#knowsReset = knowsReset;
  }

  opening(): readonly UiMessageChunk[] {
    // A client that is cut off can look there for an answer that has ended meanwhile.
    const messageMetadata = { conversationId: this.#conversationId };
    return [{ type: 'start', messageId: this.#messageId, messageMetadata }, { type: 'start-step' }];
  }

  take(frame: Frame): readonly UiMessageChunk[] | 'break' {
    if (!this.#frames.include(frame)) return [];
    switch (frame.type) {
      case 'chunk':
        return [...this.#beginText(), { type: 'text-delta', id: this.#messageId, delta: frame.data }];
      case 'reset':
        return this.#reset();
      case 'thinking':
        return [{ type: 'data-thinking', data: {}, transient: true }];
      case 'transcript':
        return [{ type: 'data-transcript', data: { attachmentId: frame.attachmentId, text: frame.text } }];
      case 'waiting':
        return [{ type: 'data-waiting', data: { ahead: frame.ahead }, transient: true }];
      case 'stopping':
        return [{ type: 'data-stopping', data: {}, transient: true }];
      case 'alert':
        // A part of the message, which the client keeps and replaces by its id.
        return [{ type: 'data-alert', id: 'alert', data: frame.alert }];
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

  closing(): readonly string[] {
    return [DONE];
  }

  #beginText(): UiMessageChunk[] {
    if (this.#textBegun) return [];
    this.#textBegun = true;
    return [{ type: 'text-start', id: this.#messageId }];
  }

  #endText(): UiMessageChunk[] {
    if (!this.#textBegun) return [];
    this.#textBegun = false;
    return [{ type: 'text-end', id: this.#messageId }];
  }

  #reset(): readonly UiMessageChunk[] | 'break' {
    // This client was sent nothing that it would have to drop.
    if (!this.#textBegun) return [];
    // Versions 5 and 6 can drop nothing. One that resumes gets the new text from its start, under the same message id.
    if (!this.#knowsReset) return 'break';
    this.#textBegun = false;
    return [{ type: 'reset-step' }];
  }

  #done({ message }: DoneFrame): readonly UiMessageChunk[] {
    const stopped = message.status === 'stopped';
    return [
      ...this.#endText(),
      { type: 'finish-step' },
      ...(stopped ? [{ type: 'abort' } as const] : []),
      {
        type: 'finish',
        finishReason: stopped ? 'other' : 'stop',
        messageMetadata: metadataOf(message),
      },
    ];
  }

  #failed({ error, message }: ErrorFrame): readonly UiMessageChunk[] {
    const errorText = { type: 'error', errorText: error } as const;
    if (!message) return [errorText];
    return [
      ...this.#endText(),
      { type: 'finish-step' },
      errorText,
      { type: 'finish', finishReason: 'error', messageMetadata: metadataOf(message) },
    ];
  }
}

function metadataOf({
  conversationId,
  status,
  model,
  usage,
  alert,
  generatedBy,
  completedAt,
}: Message): MessageMetadata {
  return {
    conversationId,
    status,
    ...(model !== undefined && { model }),
    ...(usage && { usage }),
    ...(alert && { alert }),
    ...(generatedBy && { generatedBy }),
    ...(completedAt !== undefined && { completedAt }),
  };
}
