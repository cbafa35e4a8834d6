import { z } from 'zod';
import { conversationName } from './ai-sdk-schemas.js';

const part = z.object({ type: z.string(), text: z.string().optional() });

/** A message goes back to its client as it came, so what is not known of it is kept. */
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
