import type { Message } from '../conversation/message.js';
import type { AttemptStart } from './attempts.js';
import type { GenerationRef } from './log.js';

/** The rows of a conversation's generations, as readers see them. */
export interface GenerationReader {
  /** Generation `seq` of the conversation. */
  find(conversationId: string, seq: number): Promise<Found>;
  /** Where the conversation stands. Cheap: calls of many readers go as one query, up to 50 ms later. */
  glance(conversationId: string): Promise<Glance>;
  /** Up to 64 KiB of an ended answer from byte `position`, cut at a character. */
  page(messageId: string, position: number): Promise<string>;
  /** An ended answer, whole. */
  message(messageId: string): Promise<Message | undefined>;
}

export type Found = { kind: 'found'; view: GenerationView } | { kind: 'none' } | { kind: 'gone' };

export type Glance =
  | {
      kind: 'there';
      /** The highest `seq`, 0 for none. */
      last: number;
      /** The lowest `seq` that has not ended. */
      open?: number;
    }
  | { kind: 'gone' };

export interface GenerationView {
  readonly ref: GenerationRef;
  readonly clientMessageId: string;
  /** The message that is answered. */
  readonly userMessage: Message;
  readonly attempts: readonly AttemptStart[];
  readonly stopRequested: boolean;
  readonly ended?: Ended;
}

export interface Ended {
  /** Length of the whole content in bytes of UTF-8. */
  readonly bytes: number;
  /** Present when the content is at most 64 KiB. */
  readonly message?: Message;
}
