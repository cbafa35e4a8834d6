import type { Message } from '../../protocol/message.js';
import { type AnswerEnding, completionUsage, endingOf, secondsOf } from './ending.js';

/** What a client is told again of its request. */
export interface ResponseFields {
  readonly model: string;
  readonly background: boolean;
  readonly store: boolean;
  readonly instructions: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly previous_response_id: string | null;
  /** The conversation that the client named. Otherwise it is the responses' own, and goes with the last of them. */
  readonly conversation: string | null;
}

const STATUS: Record<
  Exclude<AnswerEnding, 'running'>,
  'completed' | 'cancelled' | 'incomplete' | 'failed'
> = {
  complete: 'completed',
  cancelled: 'cancelled',
  cut: 'incomplete',
  failed: 'failed',
};

type ResponseStatus = (typeof STATUS)[keyof typeof STATUS] | 'queued' | 'in_progress';

const ID_PREFIX = 'resp_';

export function responseId(messageId: string): string {
  return ID_PREFIX + messageId;
}

/** The message of a response's id. */
export function messageIdOf(id: string): string {
  return id.startsWith(ID_PREFIX) ? id.slice(ID_PREFIX.length) : id;
}

function statusOf(message: Message): ResponseStatus {
  const ending = endingOf(message);
  if (ending !== 'running') return STATUS[ending];
  return message.status === 'queued' ? 'queued' : 'in_progress';
}

export interface OutputText {
  readonly type: 'output_text';
  readonly text: string;
  readonly annotations: readonly never[];
  readonly logprobs: readonly never[];
}

export function outputText(text: string): OutputText {
  return { type: 'output_text', text, annotations: [], logprobs: [] };
}

/** The one item of a response's output. */
export function outputItem(
  messageId: string,
  status: 'in_progress' | 'completed' | 'incomplete',
  text?: string,
) {
  return {
    type: 'message',
    id: `msg_${messageId}`,
    status,
    role: 'assistant',
    content: text === undefined ? [] : [outputText(text)],
  } as const;
}

export function itemStatus(message: Message): 'in_progress' | 'completed' | 'incomplete' {
  const ending = endingOf(message);
  if (ending === 'running') return 'in_progress';
  return ending === 'complete' ? 'completed' : 'incomplete';
}

/** What Open Responses requires of every response, with the values that a client gets who asks for none of it. */
const FIXED_FIELDS = {
  temperature: 1,
  top_p: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
  top_logprobs: 0,
  max_tool_calls: null,
  service_tier: 'default',
  safety_identifier: null,
  prompt_cache_key: null,
} as const;

/** An answer as a `response`, as it is now. */
export function responseOf(message: Message, fields: ResponseFields): object {
  const ending = endingOf(message);
  const { id, content, usage, alert, sources, completedAt } = message;
  return {
    id: responseId(id),
    object: 'response',
    created_at: secondsOf(message.createdAt),
    completed_at: ending === 'complete' && completedAt !== undefined ? secondsOf(completedAt) : null,
    status: statusOf(message),
    background: fields.background,
    error: ending === 'failed' ? { code: 'server_error', message: message.error?.message ?? '' } : null,
    incomplete_details: ending === 'cut' ? { reason: 'max_output_tokens' } : null,
    instructions: fields.instructions,
    max_output_tokens: null,
    model: message.model ?? fields.model,
    output: content === '' ? [] : [outputItem(id, itemStatus(message), content)],
    parallel_tool_calls: true,
    previous_response_id: fields.previous_response_id,
    conversation: fields.conversation === null ? null : { id: fields.conversation },
    reasoning: { effort: null, summary: null },
    store: fields.store,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    truncation: 'auto',
    usage: usage ? responseUsage(completionUsage(usage)) : null,
    user: null,
    metadata: fields.metadata,
    ...FIXED_FIELDS,
    // Fields of our own: clients let pass what they do not know.
    ...(alert && { alert }),
    ...(sources && { sources }),
  };
}

function responseUsage({
  prompt_tokens,
  completion_tokens,
  total_tokens,
}: ReturnType<typeof completionUsage>) {
  return {
    input_tokens: prompt_tokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: completion_tokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens,
  };
}
