import type { ErrorCode } from './error-codes.js';

/** Close codes of the raw WebSocket (docs/protocol.md, "WebSocket"; RFC 6455, 7.4). */
export const CLOSE_CODES = {
  /** Another error: connect again. */
  error: 4000,
  /** Not authenticated, or no longer: connect again only with another token. */
  unauthenticated: 4001,
  /** No such conversation for this user: do not connect again. */
  notFound: 4003,
  /** The client did not read for too long: connect again with the last cursor. */
  tooSlow: 4008,
  /** Too many requests: connect again later. */
  tooMany: 4029,
  /** A frame over 1 MiB. */
  tooLarge: 1009,
  /** The server restarts: connect again with the last cursor. */
  restarting: 1012,
} as const;

const OF_ERRORS: Partial<Record<ErrorCode, number>> = {
  unauthorized: CLOSE_CODES.unauthenticated,
  token_expired: CLOSE_CODES.unauthenticated,
  forbidden: CLOSE_CODES.notFound,
  not_found: CLOSE_CODES.notFound,
  rate_limited: CLOSE_CODES.tooMany,
  payload_too_large: CLOSE_CODES.tooLarge,
  draining: CLOSE_CODES.restarting,
};

/** The close code for an error that ends the connection. */
export function closeCodeOf(code: ErrorCode): number {
  return OF_ERRORS[code] ?? CLOSE_CODES.error;
}
