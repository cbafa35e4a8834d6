import { AppError } from '../../kernel/errors.js';
import type { UiMessage } from '../../schemas/ai-sdk-schemas.js';

/** What is taken of the messages that a client sends: its newest one. The history is the server's. */
export interface NewestMessage {
  readonly id: string | undefined;
  readonly text: string;
}

/** @throws AppError `bad_request` without a user message, `unprocessable` for parts that cannot be taken. */
export function newestMessage(messages: readonly UiMessage[]): NewestMessage {
  const newest = messages.findLast(({ role }) => role === 'user');
  if (!newest) throw new AppError('bad_request', 'messages: there is no message of the user');
  const { id, parts, content } = newest;
  if (typeof content === 'string' && !parts) return { id, text: content };
  const given = parts ?? (typeof content === 'string' ? [] : (content ?? []));
  if (given.some(({ type }) => type === 'file')) {
    throw new AppError('unprocessable', 'files cannot be sent here yet');
  }
  const texts = given.flatMap(({ type, text }) => (type === 'text' && text !== undefined ? [text] : []));
  return { id, text: texts.join('\n') };
}
