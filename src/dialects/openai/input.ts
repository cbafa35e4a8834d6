import type { GivenTurn } from '../../generation/given-turns.js';
import { AppError } from '../../kernel/errors.js';
import type { CompletionRequest, ContentPart, ResponseRequest } from '../../schemas/openai-schemas.js';
import { bytesOfDataUrl } from '../data-url.js';

/** A message to be answered, and what the client gave as its history. */
export interface Input {
  readonly turns: readonly GivenTurn[];
  readonly text: string;
  /** Of all messages given: those of earlier ones come first, since only a message that is answered has files here. */
  readonly files: readonly Buffer[];
}

interface Item {
  readonly role: 'system' | 'developer' | 'user' | 'assistant';
  readonly content?: string | readonly ContentPart[] | null | undefined;
}

/** @throws AppError `bad_request` unless the last message is the user's, and for content that cannot be taken. */
export function inputOfMessages(messages: CompletionRequest['messages']): Input {
  return inputOf(messages, 'messages');
}

/** `instructions` hold for this answer alone. @throws AppError as `inputOfMessages` */
export function inputOfItems(given: ResponseRequest['input'], instructions?: string | null): Input {
  const input =
    typeof given === 'string'
      ? { turns: [], text: given, files: [] }
      : inputOf(given.flatMap(itemOf), 'input');
  if (instructions === undefined || instructions === null || instructions === '') return input;
  return { ...input, turns: [{ role: 'user', text: instructions, once: true }, ...input.turns] };
}

/** None for what a model thought, which clients send back with an earlier output. */
function itemOf({
  type = 'message',
  role,
  content,
}: Exclude<ResponseRequest['input'], string>[number]): Item[] {
  if (type === 'reasoning') return [];
  if (type === 'message' && role !== undefined) return [{ role, content }];
  throw new AppError('bad_request', `input: items of type ${type.slice(0, 64)} are not offered here`, {
    param: 'input',
  });
}

function inputOf(items: readonly Item[], param: string): Input {
  const last = items.at(-1);
  if (last?.role !== 'user') {
    throw new AppError('bad_request', `${param}: the last message must be the user's`, { param });
  }
  // The system prompt is the server's own. What a client says to the model beside it comes as turns of the user.
  const turns = items.slice(0, -1).map(
    ({ role, content }): GivenTurn => ({
      role: role === 'assistant' ? 'assistant' : 'user',
      text: textOf(content, param),
    }),
  );
  const files = items.flatMap(({ content }) => filesOf(content, param));
  return { turns, text: textOf(last.content, param), files };
}

const TEXTS = new Set(['text', 'input_text', 'output_text', 'refusal']);
const FILES = new Set(['image_url', 'input_image', 'input_audio']);

function textOf(content: Item['content'], param: string): string {
  if (content === undefined || content === null) return '';
  if (typeof content === 'string') return content;
  const unknown = content.find(({ type }) => !TEXTS.has(type) && !FILES.has(type));
  if (unknown) {
    const type = unknown.type.slice(0, 64);
    throw new AppError('bad_request', `${param}: content of type ${type} is not offered here`, { param });
  }
  return content.flatMap(({ type, text = '' }) => (TEXTS.has(type) ? [text] : [])).join('\n');
}

function filesOf(content: Item['content'], param: string): Buffer[] {
  if (content === undefined || content === null || typeof content === 'string') return [];
  return content.flatMap(({ type, image_url: image, input_audio: audio }) => {
    if (!FILES.has(type)) return [];
    if (type === 'input_audio') return [Buffer.from(audio?.data ?? '', 'base64')];
    return [bytesOfDataUrl((typeof image === 'object' ? image?.url : image) ?? '', param)];
  });
}
