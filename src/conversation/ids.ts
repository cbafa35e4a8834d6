import { AppError } from '../kernel/errors.js';

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/** Whether `text` is a UUID; nothing has another kind of id. */
export function isId(text: string): boolean {
  return UUID.test(text);
}

/** An id as rows have it. @throws AppError `not_found` for what is no UUID: nothing has such an id. */
export function idFrom(text: unknown): string {
  if (typeof text === 'string' && isId(text)) return text.toLowerCase();
  throw new AppError('not_found', 'there is no such conversation or message');
}
