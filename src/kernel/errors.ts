import { ERROR_STATUS, type ErrorCode, isRetryable } from '../protocol/error-codes.js';
import type { Quota } from './quota.js';

export interface AppErrorOptions {
  cause?: unknown;
  /** Overrides the code's own status, e.g. 405 for a `bad_request`. */
  status?: number;
  /** Seconds until a retry makes sense; rendered as `Retry-After`. */
  retryAfter?: number;
  /** The limit that refused; rendered as `RateLimit-*` headers. */
  quota?: Quota;
  /** The field of the request that is wrong. */
  param?: string;
}

/** An error that a client may see as it is. Its message never contains text of a user. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly retryAfter: number | undefined;
  readonly quota: Quota | undefined;
  readonly param: string | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.status = options.status ?? ERROR_STATUS[code];
    this.retryAfter = options.retryAfter;
    this.quota = options.quota;
    this.param = options.param;
  }

  get retryable(): boolean {
    return isRetryable(this.code);
  }
}

/**
 * Error codes of sockets and of Postgres that mean "try again later": classes 08 (connection), 53 (resources, such as a
 * full disk) and 57P0 (shutting down); 57014 (a statement took too long), 25006 (a standby, which takes no writes), 40001
 * and 40P01 (two transactions stood in each other's way).
 */
const UNAVAILABLE =
  /^(E(?:CONNREFUSED|CONNRESET|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN)|08...|53...|57P0.|57014|25006|40001|40P01)$/;

/** Messages of pg errors without a code: the connection ended, or was never made. knex puts the query in front. */
const CUT_OFF =
  /(?:^| - )(?:Connection terminated(?: unexpectedly| due to connection timeout)?|timeout expired|Client (?:was closed|has encountered a connection error) and is not queryable)$/;

/** Whether a driver's error means that its server is unavailable for now. */
export function isUnavailable(error: unknown): boolean {
  const { code, name, message } = error as { code?: unknown; name?: unknown; message?: unknown };
  return (
    (typeof code === 'string' && UNAVAILABLE.test(code)) ||
    name === 'KnexTimeoutError' ||
    (typeof message === 'string' && CUT_OFF.test(message))
  );
}

/**
 * Codes of Postgres that come again however often the statement is repeated: it is wrong, or its values are (classes 0A,
 * 21, 22, 23, 42 and 54, such as a violated constraint or text that cannot be stored).
 */
const PERMANENT = /^(?:0A|21|22|23|42|54)[\dA-Z]{3}$/;

/** Whether a driver's error says that repeating the statement cannot help. */
export function isPermanent(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && PERMANENT.test(code);
}

/** Turns any error into one that a client may see. An unexpected error becomes `internal`, without its message. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return isUnavailable(error)
    ? new AppError('internal', 'a part of the service is unavailable', {
        status: 503,
        retryAfter: 2,
        cause: error,
      })
    : new AppError('internal', 'something went wrong', { cause: error });
}
