import { z } from 'zod';
import { conversationName } from './ai-sdk-schemas.js';

/** A message goes back to its client as it came, so what is not known of it is kept. */
const part = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  url: z.string().optional(),
  source: z.looseObject({ type: z.string(), value: z.string() }).optional(),
});

const runMessage = z.looseObject({
  id: z.string(),
  role: z.string(),
  content: z.union([z.string(), z.array(part)]).nullish(),
});

/** `RunAgentInput` of AG-UI. Clients always send which tools and which state they have; that asks for nothing. */
export const runInput = z.object({
  threadId: conversationName,
  runId: z.string().min(1).max(200),
  messages: z.array(runMessage),
});

export type RunInput = z.infer<typeof runInput>;
