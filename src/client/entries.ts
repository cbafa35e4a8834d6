import type { Message } from '../protocol/message.js';
import type { StoredMessage } from './api.js';

/** A stored message. `seq` is the number of its exchange, a user message and its answer; with the role it gives the order. */
export interface Entry {
  readonly seq: number;
  readonly message: StoredMessage;
}

export type Entries = readonly Entry[];

/** A page of messages as the server sends it. */
export interface Page {
  readonly items: readonly Message[];
  readonly nextCursor: string | null;
  readonly streamCursor: string;
}

/**
 * Numbers a page's messages backwards: the server sends no `seq` with a message, but each answer has one and there are no gaps.
 * Example: with `nextSeq` 9, `[user, answer, user, answer]` get 7, 7, 8, 8.
 */
export function numbered(items: readonly Message[], nextSeq: number): Entries {
  let seq = nextSeq;
  return items
    .toReversed()
    .map((message) => {
      if (message.role === 'assistant') seq--;
      return { seq, message: { ...message, stopping: false } };
    })
    .toReversed();
}

export function isEnded({ completedAt }: Message): boolean {
  return completedAt !== undefined;
}

/** The answer of an exchange. */
export function answerOf(entries: Entries, seq: number): Entry | undefined {
  return entries.findLast((entry) => entry.seq === seq && entry.message.role === 'assistant');
}

/** Inserts a message at its place in the order, unless it is there already. */
export function withEntry(entries: Entries, entry: Entry): Entries {
  if (entries.some(({ message }) => message.id === entry.message.id)) return entries;
  const before = entries.findLastIndex((other) => standsBefore(other, entry));
  return entries.toSpliced(before + 1, 0, entry);
}

function standsBefore(one: Entry, other: Entry): boolean {
  return one.seq < other.seq || (one.seq === other.seq && one.message.role === 'user');
}

/** Replaces the message of the same id. */
export function withMessage(entries: Entries, message: StoredMessage): Entries {
  const index = entries.findLastIndex((entry) => entry.message.id === message.id);
  const entry = entries[index];
  return entry ? entries.with(index, { seq: entry.seq, message }) : entries;
}

/** Adds a user message and its empty answer. Of a `regenerate` only the answer: the user message stays where it is. */
export function withExchange(
  entries: Entries,
  seq: number,
  userMessage: Message,
  answer: { readonly id: string; readonly clientMessageId: string },
): Entries {
  const isNew = userMessage.client_message_id === answer.clientMessageId;
  const asked = isNew ? withEntry(entries, { seq, message: { ...userMessage, stopping: false } }) : entries;
  return withEntry(asked, { seq, message: emptyAnswer(userMessage, answer) });
}

function emptyAnswer(
  { id: replyTo, conversationId, createdAt }: Message,
  { id, clientMessageId }: { readonly id: string; readonly clientMessageId: string },
): StoredMessage {
  return {
    id,
    conversationId,
    role: 'assistant',
    content: '',
    status: 'queued',
    client_message_id: clientMessageId,
    replyTo,
    attachments: [],
    createdAt,
    stopping: false,
  };
}

/** From its first text on, an answer is no longer waiting. */
export function withoutProgress({ progress: _progress, ...message }: StoredMessage): StoredMessage {
  return message;
}

/** The answer as it was before its first text. */
export function emptied(message: StoredMessage): StoredMessage {
  const {
    completedAt: _end,
    error: _error,
    usage: _usage,
    model: _model,
    progress: _progress,
    ...rest
  } = message;
  return { ...rest, content: '', status: 'queued' };
}
