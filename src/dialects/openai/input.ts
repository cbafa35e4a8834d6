import type { GivenTurn } from '../../generation/given-turns.js';
import { AppError } from '../../kernel/errors.js';
import type { CompletionRequest, ContentPart, ResponseRequest } from '../../schemas/openai-schemas.js';

/** A message to be answered, and what the client gave as its history. */
export interface Input {
  readonly turns: readonly GivenTurn[];
  readonly text: string;
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
export function inputOfItems(input: ResponseRequest['input'], instructions?: string | null): Input {
  const { turns, text } =
    typeof input === 'string' ? { turns: [], text: input } : inputOf(input.flatMap(itemOf), 'input');
  if (instructions === undefined || instructions === null || instructions === '') return { turns, text };
  return { turns: [{ role: 'user', text: instructions, once: true }, ...turns], text };
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
  return { turns, text: textOf(last.content, param) };
}

const TEXTS = new Set(['text', 'input_text', 'output_text', 'refusal']);

function textOf(content: Item['content'], param: string): string {
  if (content === undefined || content === null) return '';
  if (typeof content === 'string') return content;
  return content
    .map(({ type, text = '' }) => {
      if (TEXTS.has(type)) return text;
      throw new AppError(
        'bad_request',
        `${param}: content of type ${type.slice(0, 64)} is not offered here`,
        {
          param,
        },
      );
    })
    .join('\n');
}
