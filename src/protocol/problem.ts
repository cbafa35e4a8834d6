import type { ErrorCode } from './error-codes.js';

/** The body of an error in REST and in Socket.IO acknowledgements: RFC 9457, plus the `error` object that LLM clients expect. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly error: { readonly message: string; readonly type: string; readonly code: ErrorCode };
}

const TITLES: Record<ErrorCode, string> = {
  bad_request: 'Bad request',
  unauthorized: 'Not authenticated',
  token_expired: 'Token expired',
  forbidden: 'Forbidden',
  not_found: 'Not found',
  conflict: 'Conflict',
  idempotency_mismatch: 'Idempotency key used for another request',
  busy: 'Conversation busy',
  unprocessable: 'Unprocessable',
  payload_too_large: 'Payload too large',
  unsupported_media_type: 'Unsupported media type',
  rate_limited: 'Too many requests',
  llm_unavailable: 'Model unavailable',
  llm_failed: 'Model failed',
  llm_timeout: 'Model timed out',
  draining: 'Restarting',
  internal: 'Internal error',
};

/** The problem object of an error; `status` may differ from the code's own (405 for a `bad_request`). */
export function problemOf(error: {
  readonly code: ErrorCode;
  readonly status: number;
  readonly message: string;
}): Problem {
  return {
    type: `urn:veda-gateway:problem:${error.code}`,
    title: TITLES[error.code],
    status: error.status,
    detail: error.message,
    code: error.code,
    error: { message: error.message, type: typeOf(error.status), code: error.code },
  };
}

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 429) return 'rate_limit_error';
  return status < 500 ? 'invalid_request_error' : 'server_error';
}
