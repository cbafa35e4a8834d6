import type { GenerationRef } from '../../generation/generation-log.js';
import type { DoneFrame, ErrorFrame, Frame, SourcesFrame } from '../../protocol/frames.js';
import type { Message } from '../../protocol/message.js';
import type { Source } from '../../protocol/source.js';
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
      readonly type: 'source-url';
      readonly sourceId: string;
      readonly url: string;
      readonly title: string;
    }
  | {
      readonly type: 'source-document';
      readonly sourceId: string;
      readonly mediaType: 'text/plain';
      readonly title: string;
    }
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
  'status' | 'model' | 'usage' | 'alert' | 'sources' | 'generatedBy' | 'completedAt'
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
  #sourced = false;
  /** Parts beside the text that stay in the message. A client that drops the running step drops them too, and gets them again. */
  readonly #kept: UiMessageChunk[] = [];

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
        return this.#keep({
          type: 'data-transcript',
          data: { attachmentId: frame.attachmentId, text: frame.text },
        });
      case 'waiting':
        return [{ type: 'data-waiting', data: { ahead: frame.ahead }, transient: true }];
      case 'stopping':
        return [{ type: 'data-stopping', data: {}, transient: true }];
      case 'alert':
        // A part of the message, which the client keeps and replaces by its id.
        return this.#keep({ type: 'data-alert', id: 'alert', data: frame.alert });
      case 'sources':
        return this.#sources(frame);
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

  /** Once: the client adds each source to the message. The passages themselves come as a part of our own. */
  #sources({ sources }: SourcesFrame): readonly UiMessageChunk[] {
    if (this.#sourced) return [];
    this.#sourced = true;
    return this.#keep(...sources.map(sourcePart), { type: 'data-sources', id: 'sources', data: sources });
  }

  #keep(...parts: readonly UiMessageChunk[]): readonly UiMessageChunk[] {
    this.#kept.push(...parts);
    return parts;
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
    return [{ type: 'reset-step' }, ...this.#kept];
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

function sourcePart({ id, title, url }: Source): UiMessageChunk {
  return url === undefined
    ? { type: 'source-document', sourceId: id, mediaType: 'text/plain', title }
    : { type: 'source-url', sourceId: id, url, title };
}

function metadataOf({
  conversationId,
  status,
  model,
  usage,
  alert,
  sources,
  generatedBy,
  completedAt,
}: Message): MessageMetadata {
  return {
    conversationId,
    status,
    ...(model !== undefined && { model }),
    ...(usage && { usage }),
    ...(alert && { alert }),
    ...(sources && { sources }),
    ...(generatedBy && { generatedBy }),
    ...(completedAt !== undefined && { completedAt }),
  };
}
