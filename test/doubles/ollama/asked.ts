import { promptTokens, truncated } from './window.js';
import type { Endpoint } from './wire.js';

/** A refusal, told before any text. */
export type Refusal = { readonly status: number; readonly error: string };

export type Fit = { readonly promptTokens: number; readonly dropped: number } | Refusal;

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
  /** `num_ctx` of the request. */
  readonly numCtx: number | undefined;
  /** What is left of the prompt in a window of so many tokens, or that it does not fit and may not be cut. */
  readonly fit: (window: number) => Fit;
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
  readonly options?: { readonly num_ctx?: number };
  readonly truncate?: boolean;
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
  const {
    model,
    stream = true,
    think,
    keep_alive,
    messages = [],
    prompt = '',
    options,
    truncate,
  } = body as Body;
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
    numCtx: options?.num_ctx,
    fit: (window) => fitInto(window, said, truncate !== false),
    ...(empty && { idle: keep_alive === 0 ? 'unload' : 'load' }),
  };
}

function fitInto(window: number, messages: readonly Message[], mayCut: boolean): Fit {
  const kept = mayCut ? truncated(messages, window) : messages;
  const tokens = promptTokens(kept);
  if (!mayCut && tokens > window) return { status: 400, error: TOO_LONG };
  return { promptTokens: Math.min(tokens, window), dropped: messages.length - kept.length };
}

/** As llama.cpp words it. */
const TOO_LONG = 'request exceeds the available context size, try increasing it';

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
  const { messages, images } = body as { messages?: readonly { images?: unknown }[]; images?: unknown };
  return [images, ...(messages ?? []).map((message) => message.images)].map(corruptImage).find(Boolean);
}

/** Images are bytes, which Go's decoder takes as base64 alone. */
function corruptImage(images: unknown): string | undefined {
  if (!Array.isArray(images)) return undefined;
  const corrupt = images.map(corruptByte).find((at) => at !== undefined);
  return corrupt === undefined ? undefined : `illegal base64 data at input byte ${corrupt}`;
}

/** Where Go's decoder gives up. It skips line breaks. */
function corruptByte(image: string): number | undefined {
  const wrong = image.search(/[^A-Za-z0-9+/=\r\n]|=(?!=?[\r\n]*$)/);
  if (wrong >= 0) return wrong;
  const rest = image.replaceAll(/[\r\n]/g, '').length % 4;
  return rest === 0 ? undefined : image.length - rest;
}

function isMessage(value: unknown): value is Message {
  if (typeof value !== 'object' || value === null) return false;
  const { role, content = '', images } = value as Partial<Message> & { images?: unknown };
  return typeof role === 'string' && typeof content === 'string' && (images == null || areImages(images));
}

function areImages(value: unknown): boolean {
  return Array.isArray(value) && value.every((image) => typeof image === 'string');
}

/** A JSON value's kind, as Go's decoder names it. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
