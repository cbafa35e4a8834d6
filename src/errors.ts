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

export interface AppErrorOptions {
  cause?: unknown;
  /** Overrides the code's own status, e.g. 405 for a `bad_request`. */
  status?: number;
  /** Seconds until a retry makes sense; rendered as `Retry-After`. */
  retryAfter?: number;
}

/** An error that may be told to a client as it is: its message holds no text of any user. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.status = options.status ?? ERROR_STATUS[code];
    this.retryAfter = options.retryAfter;
  }

  get retryable(): boolean {
    return isRetryable(this.code);
  }
}

/** Whether the same request may succeed later without being changed. */
export function isRetryable(code: ErrorCode): boolean {
  return RETRYABLE.has(code);
}

/** Codes of drivers and of Postgres (class 08, 53, 57P) that say: not now. */
const UNAVAILABLE =
  /^(E(?:CONNREFUSED|CONNRESET|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN)|08...|53...|57P0.)$/;

/** What pg says, without a code, of a connection that ended or never began; knex puts the query before it. */
const CUT_OFF =
  /(?:^| - )(?:Connection terminated(?: unexpectedly| due to connection timeout)?|timeout expired|Client (?:was closed|has encountered a connection error) and is not queryable)$/;

/** Whether an error of a driver says that its server cannot be asked now. */
export function isAway(error: unknown): boolean {
  const { code, name, message } = error as { code?: unknown; name?: unknown; message?: unknown };
  return (
    (typeof code === 'string' && UNAVAILABLE.test(code)) ||
    name === 'KnexTimeoutError' ||
    (typeof message === 'string' && CUT_OFF.test(message))
  );
}

/** Any error as one that a client may see: what is not known says nothing of itself. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return isAway(error)
    ? new AppError('internal', 'a part of the service is away', { status: 503, retryAfter: 2, cause: error })
    : new AppError('internal', 'something went wrong', { cause: error });
}
