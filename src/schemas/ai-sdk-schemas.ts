import { z } from 'zod';
import { HISTORY_BOUNDS } from './json-bounds.js';
import { parseFrame } from './parse-frame.js';
import { text } from './text.js';
import { parse } from './validate.js';

/** What the AI SDK's chat transport sends. Pages add fields of their own to the body: the server ignores fields that it does not know. */

/** A client's own name for a conversation. */
export const conversationName = text(200)
  .refine((name) => name.length > 0, 'must not be empty')
  .meta({ minLength: 1 });

const part = z.object({
  type: z.string(),
  text: z.string().optional(),
  url: z.string().optional(),
  mediaType: z.string().optional(),
  filename: z.string().optional(),
});

const uiMessage = z.object({
  id: z.string().optional(),
  role: z.string(),
  parts: z.array(part).optional(),
  /** As older front ends send it. */
  content: z.union([z.string(), z.array(part)]).optional(),
});

export const uiChat = z.object({
  id: conversationName,
  messages: z.array(uiMessage),
  trigger: z.enum(['submit-message', 'regenerate-message']).default('submit-message'),
  messageId: z.string().nullish(),
});

export type UiChat = z.infer<typeof uiChat>;

/** The frames of `WebSocketChatTransport`, by type, without `type` and `requestId`. */
export const chatFrames = {
  send: uiChat,
  resume: z.object({ id: conversationName, lastSequence: z.int().min(0).optional() }),
  abort: z.object({}),
} as const;

/** What is sent to it, likewise. */
export const chatServerFrames = {
  start: z.object({}),
  chunk: z.object({ sequence: z.int().min(0), chunk: z.looseObject({ type: z.string() }) }),
  end: z.object({}),
  error: z.object({ errorText: z.string() }),
  'no-active': z.object({}),
} as const;

const chatFrame = z.looseObject(
  {
    type: z.enum(['send', 'resume', 'abort'], { error: 'must be send, resume or abort' }),
    requestId: text(200),
  },
  { error: 'a frame must be a JSON object' },
);

/**
 * Splits a frame into its type, its request and its fields, which are still to be validated by the schema of the type.
 * @throws AppError `bad_request` for a frame that is not a JSON object, has an unknown type or has no `requestId`.
 */
export function decodeChatFrame(frame: string): {
  type: keyof typeof chatFrames;
  requestId: string;
  fields: unknown;
} {
  const { type, requestId, ...fields } = parse(chatFrame, parseFrame(frame, HISTORY_BOUNDS));
  return { type, requestId, fields };
}
