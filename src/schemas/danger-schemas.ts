import { z } from 'zod';
import type { AlertResource } from '../protocol/alert.js';
import type { DangerRules } from '../safety/danger-rules.js';

const name = z.string().regex(/^[a-z][a-z-]{0,63}$/);
const phrases = z.array(z.string().min(2).max(200)).min(1).max(200);

const resource = z.object({
  label: z.string().min(1).max(200),
  phone: z
    .string()
    .regex(/^\+?\d[\d ()-]{1,30}$/)
    .exactOptional(),
  url: z.url({ protocol: /^https$/ }).exactOptional(),
}) satisfies z.ZodType<AlertResource>;

/** A file of rules (src/safety/rules/). */
export const dangerRules = z.strictObject({
  locale: z.string().regex(/^[a-z]{2,3}$/),
  cues: z.strictObject({ before: phrases, after: phrases, not: phrases }),
  resources: z.record(
    name,
    z.array(resource.strict().refine(({ phone, url }) => phone ?? url, 'needs a phone or a url')).min(1),
  ),
  rules: z
    .array(
      z.strictObject({
        id: name,
        version: z.int().min(1),
        severity: z.enum(['emergency', 'warning']),
        text: z.string().min(1).max(500),
        resources: z.array(name).min(1),
        phrases,
        always: phrases.optional(),
      }),
    )
    .min(1)
    .max(100),
}) satisfies z.ZodType<DangerRules>;
