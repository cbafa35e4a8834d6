import { z } from 'zod';
import { text } from './text.js';

/** What the AI SDK's chat transport sends. Pages add fields of their own to the body: those that are not known are let pass. */

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
