import { z } from 'zod';
import { isWritable } from '../generation/writable.js';

/** Bodies of the account routes (docs/protocol.md, "REST"). Lengths are in UTF-16 units. */

const NOT_WRITABLE = 'must not contain U+0000 or half a surrogate pair';

const email = z
  .string()
  .toLowerCase()
  .min(3)
  .max(254)
  .regex(/^[^\s@]+@[^\s@]+$/, 'must be an email address')
  .refine(isWritable, NOT_WRITABLE);

const password = z.string().max(1024).refine(isWritable, NOT_WRITABLE);

export const registration = z.strictObject({
  email,
  password: password.min(8),
  name: z.string().max(200).refine(isWritable, NOT_WRITABLE).optional(),
});

/** A password too short to be right is wrong, not malformed. */
export const credentials = z.strictObject({ email, password });

export const refreshRequest = z.strictObject({ refreshToken: z.string().max(512) });
