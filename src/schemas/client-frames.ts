import { z } from 'zod';
import { AppError } from '../kernel/errors.js';
import { clientMessageId, messageFields } from './message-schemas.js';
import { parse } from './validate.js';

/** What clients send over sockets (docs/protocol.md, "WebSocket" and "Socket.IO"), as fields for either to compose. */

/** From where to go on: see `resumption`. */
export const placeFields = {
  cursor: z.string().optional(),
  lastMessageId: z.string().optional(),
  /** UTF-16 units. */
  received: z.int().min(0).optional(),
};

export const stopFields = { messageId: z.string().optional() };

export const regenerateFields = { messageId: z.string(), client_message_id: clientMessageId.optional() };

/** What the raw WebSocket takes. */
export const clientFrame = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('message'), ...messageFields }),
    z.strictObject({ type: z.literal('resume'), conversationId: z.string().optional(), ...placeFields }),
    z.strictObject({ type: z.literal('stop'), ...stopFields }),
    z.strictObject({ type: z.literal('regenerate'), ...regenerateFields }),
    z.strictObject({ type: z.literal('ping') }),
  ],
  {
    error: ({ code }) =>
      code === 'invalid_union'
        ? 'must be message, resume, stop, regenerate or ping'
        : 'a frame must be a JSON object',
  },
);

/** A frame that a client sends on the raw WebSocket. */
export type ClientFrame = z.infer<typeof clientFrame>;

/** @throws AppError `bad_request` for what is not JSON, not an object or not known. */
export function decodeClientFrame(text: string): ClientFrame {
  return parse(clientFrame, parseJson(text));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Without the cause: it quotes what was sent.
    throw new AppError('bad_request', 'a frame must be JSON');
  }
}
