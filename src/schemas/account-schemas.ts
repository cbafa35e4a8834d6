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

export const refreshRequest = z.strictObject({ refreshToken: text(512) });
