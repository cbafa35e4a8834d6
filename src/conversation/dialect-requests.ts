import type { GenerationRef } from '../generation/generation-log.js';
import type { GivenTurn } from '../generation/given-turns.js';
import type { Turn } from '../generation/provider.js';
import type { Message } from '../protocol/message.js';

/** What a request of another protocol brings beside its message. */
export interface DialectRequest<Fields> {
  /** Turns that the model is given before the message. */
  readonly turns: readonly GivenTurn[];
  /** What the client is told again with its answer. */
  readonly fields: Fields;
  /** The files that came inside the message, in its order. */
  readonly files: readonly RequestFile[];
}

/** A file and the attachment that it became. */
export interface RequestFile {
  /** SHA-256 of the file as it came, in base64url. */
  readonly digest: string;
  readonly attachmentId: string;
}

/** An answer that was asked for in another protocol. */
export interface DialectAnswer<Fields> {
  readonly ref: GenerationRef;
  readonly message: Message;
  readonly fields: Fields;
}

/** Requests of other protocols, each by its conversation and its `client_message_id`. `Fields` is a JSON object. */
export interface DialectRequestStore<Fields> {
  /**
   * Keeps a request, before its message is sent, and gives its files. The same again, with turns and digests alike, changes
   * nothing: its files are those that were kept first. Undefined when another request is there.
   */
  keep(
    conversationId: string,
    clientMessageId: string,
    request: DialectRequest<Fields>,
  ): Promise<readonly RequestFile[] | undefined>;
  /** The files of a request that was kept; undefined for none. */
  filesOf(conversationId: string, clientMessageId: string): Promise<readonly RequestFile[] | undefined>;
  /** The answer of this id, unless it is another user's, or was removed. */
  find(userId: string, messageId: string): Promise<DialectAnswer<Fields> | undefined>;
  /** The conversation up to this answer, as a later prompt has it, of a long one only the newest messages. */
  turnsUpTo(ref: GenerationRef): Promise<readonly Turn[]>;
  /**
   * Removes the request of an answer: it is not found any more. Tells whether its conversation has no other message than those
   * whose requests were removed.
   */
  remove(ref: GenerationRef): Promise<{ readonly last: boolean }>;
}
