import { z } from 'zod';
import { AppError } from '../kernel/errors.js';
import { MAX_PLACES, parsePlaces } from '../protocol/places.js';

/** Where a client stands in several conversations, as `protocol/places.ts` writes it. */
const places = z.string().optional();

/** The query of a stream of all conversations. */
export const userStreamQuery = z.object({
  cursors: places,
  /** As polyfills of EventSource send `Last-Event-ID`. */
  lastEventId: places,
});

/** @throws AppError `bad_request` for what is no list of places */
export function placesOf(text = ''): Map<string, string> {
  const parsed = parsePlaces(text);
  if (parsed) return parsed;
  throw new AppError(
    'bad_request',
    `cursors: must be <conversationId>@<cursor>, separated by commas, at most ${MAX_PLACES}`,
  );
}
