/** Every code that a client may see; the wire contract of errors (docs/protocol.md, "Errors"). */
export const ERROR_STATUS = {
  bad_request: 400,
  unauthorized: 401,
  token_expired: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  idempotency_mismatch: 409,
  busy: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  unprocessable: 422,
  rate_limited: 429,
  internal: 500,
  llm_failed: 502,
  llm_unavailable: 503,
  draining: 503,
  llm_timeout: 504,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

const RETRYABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'busy',
  'rate_limited',
  'internal',
  'llm_failed',
  'llm_unavailable',
  'llm_timeout',
  'draining',
]);

/** Whether the same request may succeed later without being changed. */
export function isRetryable(code: ErrorCode): boolean {
  return RETRYABLE.has(code);
}
