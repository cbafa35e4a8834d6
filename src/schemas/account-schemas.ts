import { z } from 'zod';
import { text } from './text.js';

/** Bodies of the account routes (docs/protocol.md, "REST"). */

/** Lower case first: a few letters get longer by it. */
const email = z
  .string()
  .toLowerCase()
  .pipe(text(254).regex(/^[^\s@]+@[^\s@]+$/, 'must be an email address'));

const password = text(1024);

export const registration = z.strictObject({
  email,
  password: password.min(8, 'must have at least 8 characters'),
  name: text(200).optional(),
});

/** A password too short to be right is wrong, not malformed. */
export const credentials = z.strictObject({ email, password });

/** The order of sessions is that of their ids. */
export const sessionPage = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.uuid('is no cursor of this list').optional(),
});

export const passwordChange = z.strictObject({
  currentPassword: password,
  newPassword: password.min(8, 'must have at least 8 characters'),
});

/** The password is that of the account, which another email needs. */
export const profileChange = z.strictObject({
  name: text(200).nullable().optional(),
  email: email.optional(),
  password: password.optional(),
});

/** Without a password for accounts that have none. */
export const accountDeletion = z.strictObject({ password: password.optional() });

export const refreshRequest = z.strictObject({ refreshToken: text(512) });
