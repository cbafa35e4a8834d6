import { z } from 'zod';
import type { Frame } from '../protocol/frames.js';
import { alert, cursor, errorCode, id, message, source } from './answer-schemas.js';

const addressed = { conversationId: id };
const moving = { ...addressed, cursor };
const exchange = { userMessage: message, messageId: id, client_message_id: z.string() };

/** Frames as `GET /openapi.json` describes them (docs/protocol.md, "Frames"). */
export const frame = z.discriminatedUnion('type', [
  z.object({ type: z.literal('accepted'), ...moving, ...exchange }),
  z.object({ type: z.literal('receipt'), ...addressed, ...exchange, duplicate: z.boolean() }),
  z.object({ type: z.literal('chunk'), ...moving, messageId: id, data: z.string() }),
  z.object({ type: z.literal('reset'), ...moving, messageId: id, reason: z.string() }),
  z.object({ type: z.literal('done'), ...moving, messageId: id, message }),
  z.object({
    type: z.literal('error'),
    ...addressed,
    error: z.string(),
    code: errorCode,
    retryable: z.boolean(),
    messageId: id.exactOptional(),
    message: message.exactOptional(),
    cursor: cursor.exactOptional(),
  }),
  z.object({ type: z.literal('ready'), ...moving }),
  z.object({ type: z.literal('stopping'), ...addressed, messageId: id }),
  z.object({ type: z.literal('thinking'), ...addressed, messageId: id }),
  z.object({ type: z.literal('waiting'), ...addressed, messageId: id, ahead: z.int().min(0) }),
  z.object({
    type: z.literal('transcript'),
    ...addressed,
    messageId: id,
    attachmentId: id,
    text: z.string(),
  }),
  z.object({ type: z.literal('alert'), ...addressed, messageId: id, alert }),
  z.object({ type: z.literal('sources'), ...addressed, messageId: id, sources: z.array(source) }),
  z.object({ type: z.literal('pong'), ...addressed }),
]) satisfies z.ZodType<Frame>;
