import { z } from 'zod';
import { parseConversationCursor } from '../conversation/conversations.js';
import { parseMessageKey } from '../conversation/history.js';
import { isId } from '../conversation/ids.js';
import { searchTerms } from '../conversation/search-words.js';
import { FEEDBACK_REASONS } from '../protocol/feedback.js';
import { text } from './text.js';

/** Bodies and queries of the conversation routes (docs/protocol.md, "REST"). Lengths are in characters (code points). */

const nonEmpty = (value: string) => value.length > 0;

export const clientMessageId = text(128).refine(nonEmpty, 'must not be empty').meta({ minLength: 1 });

/** Images are in memory while they go to the model. */
const MAX_ATTACHMENTS = 10;

const title = text(200);

export const newConversation = z.strictObject({ title: title.optional() });

export const conversationPatch = z
  .strictObject({
    title: title.nullable().optional(),
    pinned: z.boolean().optional(),
    archived: z.boolean().optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'must have title, pinned or archived')
  .meta({ minProperties: 1 });

/** What a message may be sent with, on any transport. */
export const messageFields = {
  /** Empty only beside an attachment: `Commands` looks at both. */
  text: text(32_000).meta({ examples: ['What helps against a cold?'] }),
  client_message_id: clientMessageId.optional(),
  attachments: z
    .array(z.string().toLowerCase())
    .max(MAX_ATTACHMENTS)
    .refine((ids) => new Set(ids).size === ids.length, 'must not have the same attachment twice')
    .default([]),
  model: text(200).refine(nonEmpty, 'must not be empty').optional(),
  whenBusy: z.enum(['queue', 'reject', 'interrupt']).default('queue'),
};

export const newMessage = z.strictObject(messageFields);

export const regeneration = z.strictObject({ client_message_id: clientMessageId.optional() });

/** Beside its file. */
export const transcriptionForm = z.strictObject({
  language: z
    .string()
    .regex(/^([a-z]{2,3}|auto)$/, 'must be a language like en or de')
    .optional(),
});

export const feedback = z.strictObject({
  rating: z.enum(['up', 'down']),
  reason: z.enum(FEEDBACK_REASONS).exactOptional(),
  comment: text(2000).exactOptional(),
});

export const noBody = z.strictObject({});

const limit = z.coerce.number().int().min(1).max(100);

export const conversationPage = z.object({
  limit: limit.default(20),
  cursor: listCursor(parseConversationCursor),
  archived: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true')
    .meta({ description: 'true: those that are archived, instead of those that are not' }),
});

export const messagePage = z.object({ limit: limit.default(50), cursor: listCursor(parseMessageKey) });

/** Of a search: `q` becomes its terms. */
const search = {
  q: text(200)
    .transform(searchTerms)
    .refine((terms) => terms.length > 0, 'must have a letter or a digit')
    .meta({
      description: 'words to look for; the last one may be the beginning of a word',
      examples: ['cough at ni'],
    }),
  limit: limit.max(50).default(20),
  cursor: listCursor((cursor) => (isId(cursor) ? cursor : undefined)),
};

export const searchQuery = z.object(search);

export const searchBody = z.strictObject(search);

/** The `nextCursor` of a list, read by `parse`, which gives undefined for one that the list cannot have given. */
function listCursor<Key>(parse: (cursor: string) => Key | undefined) {
  return z
    .string()
    .optional()
    .transform((cursor, context) => {
      const key = cursor === undefined ? undefined : parse(cursor);
      if (cursor !== undefined && !key)
        context.addIssue({ code: 'custom', message: 'is no cursor of this list' });
      return key;
    });
}

/** Tokens and tickets are read by the authentication. */
export const streamQuery = z.object({
  cursor: z.string().optional(),
  /** As polyfills of EventSource send `Last-Event-ID`. */
  lastEventId: z.string().optional(),
  until: z.literal('done').optional(),
});
