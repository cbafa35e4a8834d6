import { createHmac } from 'node:crypto';

/** A login session, and with it each of its refresh tokens, ends when it was not refreshed for this long. */
export const SESSION_SECONDS = 30 * 24 * 60 * 60;

/** How long a used refresh token may be used again, while its successor is unused: the reply may have been lost. */
export const REUSE_SECONDS = 10;

/**
 * The refresh token that comes after `token`. Derived and not drawn, so that using a token again after a lost reply,
 * or in two tabs at once, gives everybody the same successor: no fork, and nobody is left with a dead one. Without
 * the key an old token tells nothing about the later ones.
 */
export function successorOf(token: string, key: string): string {
  return createHmac('sha256', key).update(`refresh-token-successor:${token}`).digest('base64url');
}
