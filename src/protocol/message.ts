import type { Alert } from './alert.js';
import type { Attachment } from './attachment.js';
import type { ErrorCode } from './error-codes.js';
import type { Feedback } from './feedback.js';
import type { Source } from './source.js';

export type MessageStatus = 'queued' | 'streaming' | FinalStatus;

/** A message as every transport shows it (docs/protocol.md, "A message"). Times are ISO 8601 UTC. */
export interface Message {
  readonly id: string;
  readonly conversationId: string;
  readonly role: 'user' | 'assistant';
  readonly content: string;
  readonly status: MessageStatus;
  readonly client_message_id?: string;
  /** For an answer: the id of the user message that it answers. */
  readonly replyTo?: string;
  readonly attachments: readonly Attachment[];
  /** The one that wrote the answer. */
  readonly model?: string;
  /** Of an answer: the danger that was found in the message that it answers. */
  readonly alert?: Alert;
  /** Of an answer: what it rests on. Empty: the provider's documents have nothing on it. */
  readonly sources?: readonly Source[];
  /** What the user thinks of the answer. */
  readonly feedback?: Feedback;
  /** Of every assistant message, so that a machine can tell that a model wrote it. */
  readonly generatedBy?: GeneratedBy;
  readonly usage?: Usage;
  readonly error?: { readonly code: ErrorCode; readonly message: string };
  readonly createdAt: string;
  readonly completedAt?: string;
}

/** `model` is the one that wrote the answer; before one has begun, the one that the deployment would ask. */
export interface GeneratedBy {
  readonly ai: true;
  readonly model: string;
}

/**
 * `complete`, `stopped` by the user, `incomplete` (it failed and has part of its text), `failed` (no text).
 */
export type FinalStatus = 'complete' | 'stopped' | 'incomplete' | 'failed';

/** Tokens as the provider counted them. */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /**
   * So many of the conversation's older messages, at least, the model was not given, because they did not fit the prompt.
   * Absent when it was given all.
   */
  readonly omittedMessages?: number;
}
