import type { Endpoint } from './wire.js';

/** A refusal, told before any text. */
export type Refusal = { readonly status: number; readonly error: string };

/** What a request asks for. */
export interface Asked {
  readonly endpoint: Endpoint;
  readonly model: string;
  readonly stream: boolean;
  readonly think: unknown;
  /** The last thing that the user said. */
  readonly question: string;
  /** A last message of the assistant: the answer's beginning, to be continued. */
  readonly beginning: string;
  readonly promptTokens: number;
  /** Nothing is asked: the model is to be loaded, or unloaded. */
  readonly idle?: 'load' | 'unload';
}

interface Message {
  readonly role: string;
  readonly content: string;
}

interface Body {
  readonly model: string;
  readonly stream?: boolean;
  readonly think?: unknown;
  readonly keep_alive?: unknown;
  readonly messages?: readonly Message[];
  readonly prompt?: string;
}

/** The Go types of the fields that are looked at. */
const TYPES: Record<string, { go: string; fits: (value: unknown) => boolean }> = {
  model: { go: 'string', fits: (value) => typeof value === 'string' },
  prompt: { go: 'string', fits: (value) => typeof value === 'string' },
  stream: { go: 'bool', fits: (value) => typeof value === 'boolean' },
  messages: {
    go: '[]api.Message',
    fits: (value) => Array.isArray(value) && value.every((message) => isMessage(message)),
  },
};

/** Reads a request as Ollama does: its own refusals, in its own words. */
export function ask(endpoint: Endpoint, body: unknown): Asked | Refusal {
  if (body === undefined) return { status: 400, error: 'missing request body' };
  const misfit = misfitOf(endpoint, body);
  if (misfit !== undefined) return { status: 400, error: misfit };
  const { model, stream = true, think, keep_alive, messages = [], prompt = '' } = body as Body;
  if (!model) {
    return endpoint === 'chat'
      ? { status: 400, error: 'model is required' }
      : { status: 404, error: "model '' not found" };
  }
  const said = endpoint === 'chat' ? messages : [{ role: 'user', content: prompt }];
  const last = said.at(-1);
  const empty = last === undefined || (endpoint === 'generate' && prompt === '');
  return {
    endpoint,
    model,
    stream,
    think,
    question: said.findLast(({ role }) => role === 'user')?.content ?? '',
    beginning: last?.role === 'assistant' ? last.content : '',
    promptTokens: Math.ceil(JSON.stringify(said).length / 4),
    ...(empty && { idle: keep_alive === 0 ? 'unload' : 'load' }),
  };
}

function misfitOf(endpoint: Endpoint, body: unknown): string | undefined {
  const struct = endpoint === 'chat' ? 'ChatRequest' : 'GenerateRequest';
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return `json: cannot unmarshal ${kindOf(body)} into Go value of type api.${struct}`;
  }
  for (const [field, value] of Object.entries(body)) {
    const type = Object.hasOwn(TYPES, field) ? TYPES[field] : undefined;
    if (!type || value === null || type.fits(value)) continue;
    return `json: cannot unmarshal ${kindOf(value)} into Go struct field ${struct}.${field} of type ${type.go}`;
  }
  return undefined;
}

function isMessage(value: unknown): value is Message {
  if (typeof value !== 'object' || value === null) return false;
  const { role, content = '' } = value as Partial<Message>;
  return typeof role === 'string' && typeof content === 'string';
}

/** A JSON value's kind, as Go's decoder names it. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
