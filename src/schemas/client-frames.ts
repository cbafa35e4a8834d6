import { z } from 'zod';
import { REQUEST_BOUNDS } from './json-bounds.js';
import { clientMessageId, newMessage } from './message-schemas.js';
import { parseFrame } from './parse-frame.js';
import { parse } from './validate.js';

/** What clients send over sockets (docs/protocol.md, "WebSocket" and "Socket.IO"), as fields for either to compose. */

/** Where a client says that it stands: see `resolveStart`. */
export const placeFields = {
  cursor: z.string().optional(),
  lastMessageId: z.string().optional(),
  /** UTF-16 units. */
  received: z.int().min(0).optional(),
};

export const stopFields = { messageId: z.string().optional() };

export const regenerateFields = { messageId: z.string(), client_message_id: clientMessageId.optional() };

/** The frames of the raw WebSocket, by type, without their `type`. */
export const clientFrames = {
  message: newMessage,
  resume: z.strictObject({ conversationId: z.string().optional(), ...placeFields }),
  stop: z.strictObject(stopFields),
  regenerate: z.strictObject(regenerateFields),
  ping: z.strictObject({}),
} as const;

export type ClientFrameType = keyof typeof clientFrames;

const envelope = z.looseObject(
  {
    type: z.enum(Object.keys(clientFrames) as [ClientFrameType, ...ClientFrameType[]], {
      error: 'must be message, resume, stop, regenerate or ping',
    }),
  },
  { error: 'a frame must be a JSON object' },
);

/**
 * Splits a client's frame into its type and its fields, which are still to be validated by the schema of the type.
 * @throws AppError `bad_request` for what is not JSON, not an object or not known.
 */
export function decodeClientFrame(text: string): { type: ClientFrameType; fields: Record<string, unknown> } {
  const { type, ...fields } = parse(envelope, parseFrame(text, REQUEST_BOUNDS));
  return { type, fields };
}
