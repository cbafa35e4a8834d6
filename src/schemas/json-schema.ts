import { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** As in package.json, which a build does not bring along. */
export const VERSION = '0.1.0';

/** `input`: what may be sent, and for answers no promise that nothing will ever be added. */
export const JSON_SCHEMA = {
  io: 'input',
  unrepresentable: 'any',
  override: ({ jsonSchema }: { jsonSchema: JsonSchema }) => leaveOutNoise(jsonSchema),
} as const;

/** A format says more than its pattern, and that JSON's integers are safe ones needs no saying. */
function leaveOutNoise(schema: JsonSchema): void {
  if (schema.format) delete schema.pattern;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}

export function schemaOf(type: z.ZodType): JsonSchema {
  return withoutDialect(z.toJSONSchema(type, JSON_SCHEMA));
}

/** A description has the dialect for the whole document, and its components have their names. */
export function withoutDialect({ $schema: _dialect, $id: _name, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
