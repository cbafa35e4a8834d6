import type { Message } from '../protocol/message.js';
import type { StoredMessage } from './api.js';

/** A message of the server, and the number of its exchange: together with the role its place among the others. */
export interface Entry {
  readonly seq: number;
  readonly message: StoredMessage;
}

export type Entries = readonly Entry[];

/** A page of messages as the server gives it. */
export interface Page {
  readonly items: readonly Message[];
  readonly nextCursor: string | null;
  readonly streamCursor: string;
}

/**
 * Messages with their exchanges' numbers, counted down from the answer that comes next: each answer is one exchange, and
 * there are no gaps.
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

/** Puts a message where it belongs, unless it is there. */
export function withEntry(entries: Entries, entry: Entry): Entries {
  if (entries.some(({ message }) => message.id === entry.message.id)) return entries;
  const before = entries.findLastIndex((other) => standsBefore(other, entry));
  return entries.toSpliced(before + 1, 0, entry);
}

function standsBefore(one: Entry, other: Entry): boolean {
  return one.seq < other.seq || (one.seq === other.seq && one.message.role === 'user');
}

/** The entries with another message in place of the one of the same id. */
export function withMessage(entries: Entries, message: StoredMessage): Entries {
  const index = entries.findLastIndex((entry) => entry.message.id === message.id);
  const entry = entries[index];
  return entry ? entries.with(index, { seq: entry.seq, message }) : entries;
}

/** A user's message and its answer, of which nothing is known yet. A message that is answered anew stays where it is. */
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

/** An answer that has come to its first text, or to its end: what was said of its waiting is over. */
export function withoutProgress({ progress: _progress, ...message }: StoredMessage): StoredMessage {
  return message;
}

/** An answer as it was before its first text. */
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
