import type { Alert } from '../protocol/alert.js';
import type { Message } from '../protocol/message.js';
import type { Source } from '../protocol/source.js';
import type { AttemptStart } from './attempts.js';
import type { GenerationRef } from './generation-log.js';

/** The rows of a conversation's generations, as readers see them. */
export interface GenerationReader {
  /** Generation `seq` of the conversation. */
  find(conversationId: string, seq: number): Promise<FoundGeneration>;
  /**
   * The ended generations from `seq` on, without a gap: 50 at the most, and only as many as have 64 KiB of text together, so
   * perhaps none. For readers of a long past; `find` knows what became of the rest.
   */
  findEnded(conversationId: string, seq: number): Promise<readonly GenerationState[]>;
  /** Where the conversation stands. Cheap: calls of many readers go as one query, up to 50 ms later. */
  progress(conversationId: string): Promise<ConversationProgress>;
  /** The open generations of the conversation, in order, at most 20. */
  pending(conversationId: string): Promise<readonly PendingGeneration[]>;
  /** Up to 64 KiB of an ended answer from byte `position`, cut at a character. */
  page(messageId: string, position: number): Promise<string>;
  /** An ended answer, whole. */
  message(messageId: string): Promise<Message | undefined>;
}

export type FoundGeneration = { kind: 'found'; view: GenerationState } | { kind: 'none' } | { kind: 'gone' };

export type ConversationProgress =
  | {
      kind: 'there';
      /** The highest `seq`, 0 for none. */
      last: number;
      /** The lowest `seq` that has not ended. */
      open?: number;
    }
  | { kind: 'gone' };

export interface GenerationState {
  readonly ref: GenerationRef;
  readonly clientMessageId: string;
  /** The message that is answered. */
  readonly userMessage: Message;
  readonly attempts: readonly AttemptStart[];
  /** The danger in the message that is answered. */
  readonly alert?: Alert;
  /** What the answer rests on, once that is known. */
  readonly sources?: readonly Source[];
  readonly stopRequested: boolean;
  readonly ended?: EndedAnswer;
}

export interface EndedAnswer {
  /** Length of the whole content in bytes of UTF-8. */
  readonly bytes: number;
  /** Present when the content is at most 64 KiB. */
  readonly message?: Message;
}

/** A generation that has not ended. */
export interface PendingGeneration {
  readonly messageId: string;
  readonly seq: number;
  /** Whether a worker has claimed it. */
  readonly running: boolean;
  /** How many answers run or wait before it, in all conversations; counted up to 1,000. */
  readonly ahead: number;
}
