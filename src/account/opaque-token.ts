import { createHash, randomBytes } from 'node:crypto';

/** A secret of 256 random bits that its bearer hands back as it is; safe in a URL. */
export function newOpaqueToken(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * What is stored of an opaque token, so that who reads the database cannot use it. SHA-256 will do: 256 random bits
 * cannot be guessed, however fast the hash.
 */
export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
