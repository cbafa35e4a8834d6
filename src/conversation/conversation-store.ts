import type { AttemptStart } from '../generation/attempts.js';
import type { GenerationRef } from '../generation/generation-log.js';
import type { Alert } from '../protocol/alert.js';
import type { Conversation } from '../protocol/conversation.js';
import type { Message } from '../protocol/message.js';

/**
 * Rows of conversations and messages. Every method takes the user who asks, and to it another user's conversation is one
 * that does not exist (undefined).
 */
export interface ConversationStore {
  create(userId: string, title: string | null): Promise<Conversation>;
  /** Pinned ones first, each part by last message, newest first. `before` is the last conversation of the page before. */
  list(
    userId: string,
    limit: number,
    before?: ConversationKey,
    archived?: boolean,
  ): Promise<readonly Conversation[]>;
  find(userId: string, id: string): Promise<Conversation | undefined>;
  /** Where the user's newest conversations stand, by last message, newest first. Without ephemeral ones. */
  newest(userId: string, limit: number): Promise<readonly ConversationProgress[]>;
  /** Changes what is given. */
  change(userId: string, id: string, change: ConversationChange): Promise<Conversation | undefined>;
  /** Deletes it, however long it is, and says whose logs may still be there and are to be erased. */
  remove(userId: string, id: string): Promise<readonly GenerationRef[] | undefined>;

  /** The messages before `before`, oldest first, at most `limit`; and where the conversation stands at that moment. */
  history(userId: string, id: string, limit: number, before?: MessageKey): Promise<History | undefined>;
  message(userId: string, id: string, messageId: string): Promise<StoredMessage | undefined>;
  /** Where the conversation stands, with a look at byte `position` of generation `seq` (the last one, without it). */
  state(userId: string, id: string, seq?: number, position?: number): Promise<ConversationState | undefined>;

  /** Stores a message and its generation in one transaction, or says why not; the same key again changes nothing. */
  accept(request: AcceptRequest): Promise<Accepted>;
  /** Flags a generation to be stopped: the one asked for, or the one that runs. Undefined: no such answer here. */
  requestStop(userId: string, id: string, messageId?: string): Promise<StopRequested | undefined>;
}

export interface ConversationChange {
  readonly title?: string | null | undefined;
  readonly pinned?: boolean | undefined;
  readonly archived?: boolean | undefined;
}

/** The order of conversations: pinned ones first, then by the time of their last message, then by id. */
export interface ConversationKey {
  readonly pinned?: boolean;
  /** ISO 8601, in ms. */
  readonly updatedAt: string;
  readonly id: string;
}

export interface ConversationProgress {
  readonly id: string;
  /** The highest `seq`, 0 for none. */
  readonly last: number;
  /** The lowest `seq` that has not ended. */
  readonly open?: number;
}

/** The order of messages: an answer follows the user message of the same `seq`. */
export interface MessageKey {
  readonly seq: number;
  readonly role: Message['role'];
}

export interface StoredMessage {
  readonly message: Message;
  readonly key: MessageKey;
  /** Of an answer that has not ended: its text is in the log. */
  readonly running?: RunningGeneration;
}

/** A generation that has not ended. */
export interface RunningGeneration {
  readonly ref: GenerationRef;
  readonly attempts: readonly AttemptStart[];
}

export interface History {
  readonly messages: readonly StoredMessage[];
  readonly more: boolean;
  readonly state: ConversationState;
}

export interface ConversationState {
  /** The highest `seq`, 0 for none. */
  readonly last: number;
  /** The lowest `seq` that has not ended. */
  readonly open?: RunningGeneration;
  /** The generation asked about. */
  readonly generation?: {
    readonly ref: GenerationRef;
    readonly attempts: readonly AttemptStart[];
    /** Length of its content, once it has ended. */
    readonly bytes?: number;
    /** The byte at the position asked about, if the content has it. */
    readonly byte?: number;
  };
}

export interface AcceptRequest {
  readonly userId: string;
  readonly conversationId: string;
  readonly clientMessageId: string;
  /** Of operation, target, text, attachments and model: the same key must come with the same hash. */
  readonly requestHash: Buffer;
  readonly operation:
    | {
        readonly kind: 'send';
        readonly text: string;
        readonly whenBusy: WhenBusy;
        /** Their ids, in the message's order. */
        readonly attachments?: readonly string[];
        /** Absent: the default. */
        readonly model?: string;
        /** The danger in the text; stored with the message. */
        readonly alert?: Alert;
      }
    | { readonly kind: 'regenerate'; readonly messageId: string };
  /** Why the model cannot answer it; if so, nothing new is stored. */
  readonly refusal?: string | undefined;
  /** Whether the user has reached a limit; if so, nothing new is stored. */
  readonly overLimit: boolean;
  /** Whether a job could be enqueued; if not, nothing new is stored. */
  readonly queueAvailable: boolean;
  /** The trace to which the generation will belong. */
  readonly traceparent?: string | undefined;
}

/** What a send does while an answer runs or waits: wait its turn, be refused, or stop all that run and wait. */
export type WhenBusy = 'queue' | 'reject' | 'interrupt';

export type Accepted =
  | {
      kind: 'accepted';
      duplicate: boolean;
      userMessage: Message;
      answer: StoredMessage;
      ref: GenerationRef;
      /** Generations that were flagged to be stopped. */
      interrupted: readonly GenerationRef[];
    }
  | { kind: 'not_found' }
  | { kind: 'not_an_answer' }
  /** An attachment is not the user's, or is in a message. Nothing was stored. */
  | { kind: 'no_attachment' }
  | { kind: 'unprocessable'; reason: string }
  | { kind: 'mismatch' }
  | { kind: 'busy' }
  | { kind: 'unavailable' }
  | { kind: 'rate_limited' };

export interface StopRequested {
  readonly answer: StoredMessage;
  readonly ref: GenerationRef;
}
