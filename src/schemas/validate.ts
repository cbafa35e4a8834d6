import type { z } from 'zod';
import { AppError } from '../kernel/errors.js';
import { inPlainWords } from './plain-words.js';

/** Enough to recognize a field by, when a client made up its name. */
const MAX_FIELD_NAME = 64;

/** How many wrong fields a refusal names: one that names all of them would be larger than the request. */
const MAX_NAMED = 5;

/**
 * The value as the schema has it.
 * @throws AppError `bad_request` that names the first few wrong fields and quotes no value.
 */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value, { error: inPlainWords });
  if (result.success) return result.data;
  const { issues } = result.error;
  const param = issues[0] && nameOf(issues[0]);
  throw new AppError('bad_request', describe(issues), { ...(param && { param }) });
}

/** The field of an issue, such as `messages.0.role`; empty for the value itself. */
function nameOf({ path }: z.core.$ZodIssue): string {
  return path.map((part) => String(part).slice(0, MAX_FIELD_NAME)).join('.');
}

function describe(issues: readonly z.core.$ZodIssue[]): string {
  const named: string[] = [];
  for (const issue of issues) {
    for (const words of describeIssue(issue)) {
      if (named.length === MAX_NAMED) return `${named.join('; ')}; and more`;
      named.push(words);
    }
  }
  return named.join('; ');
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  const field = nameOf(issue);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, MAX_NAMED + 1).map((key) => unknown(field, key));
  }
  return [field === '' ? `it ${issue.message}` : `${field}: ${issue.message}`];
}

function unknown(parent: string, key: string): string {
  const field = parent === '' ? key : `${parent}.${key}`;
  return `unknown field "${field.slice(0, MAX_FIELD_NAME)}"`;
}
