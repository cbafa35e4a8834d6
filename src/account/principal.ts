/** Who is speaking, and until when that may be believed. */
export interface Principal {
  readonly userId: string;
  /** The login session; absent when another service signed the token, which then is good until it expires. */
  readonly sessionId?: string;
  /** When the access token expires. */
  readonly expiresAt: Date;
}
