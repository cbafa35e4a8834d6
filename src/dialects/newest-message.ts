import { AppError } from '../kernel/errors.js';
import { bytesOfDataUrl } from './data-url.js';

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
  /** Of the AI SDK. */
  readonly url?: string | undefined;
  /** Of AG-UI. */
  readonly source?: { readonly type: string; readonly value: string } | undefined;
  /** Of AG-UI before 1.0, in base64. */
  readonly data?: unknown;
}

/** What is taken of the messages that a client sends: the user's newest one. The history is the server's. */
export interface NewestMessage {
  readonly id: string | undefined;
  readonly text: string;
  readonly files: readonly Buffer[];
}

/** Parts that are files. Others that are no text, such as steps and tools, say nothing to the model. */
const FILES = new Set(['file', 'image', 'audio', 'video', 'document', 'binary']);

/** @throws AppError `bad_request` without a user message, and for a file that does not come with the message. */
export function newestMessage(messages: readonly ClientMessage[]): NewestMessage {
  const newest = messages.findLast(({ role }) => role === 'user');
  if (!newest) throw new AppError('bad_request', 'messages: there is no message of the user');
  const { id, parts, content } = newest;
  const given = parts ?? content ?? [];
  if (typeof given === 'string') return { id, text: given, files: [] };
  const texts = given.flatMap(({ type, text }) => (type === 'text' && text !== undefined ? [text] : []));
  const files = given.filter(({ type }) => FILES.has(type)).map(bytesOf);
  return { id, text: texts.join('\n'), files };
}

function bytesOf({ url, source, data }: ClientPart): Buffer {
  if (source?.type === 'data') return Buffer.from(source.value, 'base64');
  if (typeof data === 'string') return Buffer.from(data, 'base64');
  return bytesOfDataUrl(source?.value ?? url ?? '', 'messages');
}
