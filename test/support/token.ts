import jwt from 'jsonwebtoken';

/** The `JWT_SECRET` of every product in the tests. */
export const SECRET = 'thirty-two bytes that nobody keeps secret';

/** An access token of another service that has the secret too: no session, good until it expires. */
export function tokenFor(userId: string, expiresInSeconds = 300): string {
  return jwt.sign({ sub: userId }, SECRET, { expiresIn: expiresInSeconds });
}
