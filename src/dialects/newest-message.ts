import { AppError } from '../kernel/errors.js';

/** A message as the clients send it, as far as it is read here. */
export interface ClientMessage {
  readonly id?: string | undefined;
  readonly role: string;
  readonly parts?: readonly ClientPart[] | undefined;
  readonly content?: string | readonly ClientPart[] | null | undefined;
}

interface ClientPart {
  readonly type: string;
  readonly text?: string | undefined;
}

/** What is taken of the messages that a client sends: the user's newest one. The history is the server's. */
export interface NewestMessage {
  readonly id: string | undefined;
  readonly text: string;
}

/** Parts that are files. Others that are no text, such as steps and tools, say nothing to the model. */
const FILES = new Set(['file', 'image', 'audio', 'video', 'document', 'binary']);

/** @throws AppError `bad_request` without a user message, `unprocessable` for parts that cannot be taken. */
export function newestMessage(messages: readonly ClientMessage[]): NewestMessage {
  const newest = messages.findLast(({ role }) => role === 'user');
  if (!newest) throw new AppError('bad_request', 'messages: there is no message of the user');
  const { id, parts, content } = newest;
  const given = parts ?? content ?? [];
  if (typeof given === 'string') return { id, text: given };
  if (given.some(({ type }) => FILES.has(type))) {
    throw new AppError('unprocessable', 'files cannot be sent here yet');
  }
  const texts = given.flatMap(({ type, text }) => (type === 'text' && text !== undefined ? [text] : []));
  return { id, text: texts.join('\n') };
}
