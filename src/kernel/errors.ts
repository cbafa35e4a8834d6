import { ERROR_STATUS, type ErrorCode, isRetryable } from '../protocol/error-codes.js';

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
