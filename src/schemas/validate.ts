import type { z } from 'zod';
import { AppError } from '../kernel/errors.js';

/** Enough to recognize a field by, when a client made up its name. */
const MAX_FIELD_NAME = 64;

/**
 * The value as the schema has it.
 * @throws AppError `bad_request` that names the field and quotes no value.
 */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new AppError('bad_request', result.error.issues.flatMap(describe).join('; '));
}

function describe(issue: z.core.$ZodIssue): string[] {
  const field = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknown(field, key));
  return [field === '' ? issue.message : `${field}: ${issue.message}`];
}

function unknown(parent: string, key: string): string {
  const field = parent === '' ? key : `${parent}.${key}`;
  return `unknown field "${field.slice(0, MAX_FIELD_NAME)}"`;
}
