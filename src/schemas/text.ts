import { z } from 'zod';
import { isWritable } from '../generation/writable.js';

/** Text of at most `max` characters (code points) that can be stored. */
export function text(max: number): z.ZodString {
  return z
    .string()
    .refine((value) => isWithin(value, max), `must have at most ${max} characters`)
    .refine(isWritable, 'must not contain U+0000 or half a surrogate pair')
    .meta({ maxLength: max });
}

/** Counts only what could be too long: a code point has one or two UTF-16 units. */
function isWithin(value: string, max: number): boolean {
  return value.length <= max || (value.length <= 2 * max && Array.from(value).length <= max);
}
