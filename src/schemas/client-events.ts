import { z } from 'zod';
import { placeFields, regenerateFields, stopFields } from './client-frames.js';
import { messageFields } from './message-schemas.js';

/** What clients send over Socket.IO (docs/protocol.md, "Socket.IO"): the payload of each event. */

const conversationId = z.string();

/** What every event has. The other fields are those of the command, which validates them. */
export const conversationEvent = z.looseObject({ conversationId });

export const joinEvent = z.strictObject({ conversationId, ...placeFields });

export const leaveEvent = z.strictObject({ conversationId });

export const messageEvent = z.strictObject({ conversationId, ...messageFields });

export const stopEvent = z.strictObject({ conversationId, ...stopFields });

export const regenerateEvent = z.strictObject({ conversationId, ...regenerateFields });
