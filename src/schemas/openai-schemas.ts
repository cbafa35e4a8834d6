import { z } from 'zod';

/** Bodies and queries of the OpenAI routes. Fields that are not known are let pass. */

const url = z.union([z.string(), z.object({ url: z.string() })]);

const contentPart = z.object({
  type: z.string(),
  text: z.string().optional(),
  image_url: url.nullish(),
  input_audio: z.object({ data: z.string() }).optional(),
});

const content = z.union([z.string(), z.array(contentPart)]);

const completionMessage = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant']),
  content: content.nullish(),
});

export const completionRequest = z.object({
  model: z.string().nullish(),
  messages: z.array(completionMessage).min(1, 'must not be empty'),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
});

export type CompletionRequest = z.infer<typeof completionRequest>;

const inputItem = z.object({
  type: z.string().optional(),
  role: z.enum(['system', 'developer', 'user', 'assistant']).optional(),
  content: content.optional(),
});

export const responseRequest = z.object({
  model: z.string().nullish(),
  input: z.union([z.string(), z.array(inputItem).min(1, 'must not be empty')]),
  instructions: z.string().nullish(),
  stream: z.boolean().nullish(),
  background: z.boolean().nullish(),
  store: z.boolean().nullish(),
  previous_response_id: z.string().nullish(),
  conversation: z.union([z.string(), z.object({ id: z.string() })]).nullish(),
  metadata: z.record(z.string(), z.string().max(512)).nullish(),
});

export type ResponseRequest = z.infer<typeof responseRequest>;
export type ContentPart = z.infer<typeof contentPart>;

export const responseQuery = z.object({
  stream: z.enum(['true', 'false']).optional(),
  starting_after: z.coerce.number().int().min(0).optional(),
});
