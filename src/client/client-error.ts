import type { ErrorCode } from '../protocol/error-codes.js';
import type { ClientProblem } from './api.js';

export interface ClientErrorOptions {
  readonly status?: number;
  /** In seconds. */
  readonly retryAfter?: number;
  readonly cause?: unknown;
}

/** What every promise of the library rejects with. */
export class ClientError extends Error {
  readonly problem: ClientProblem;
  /** Status of the HTTP response, if there was one. */
  readonly status: number | undefined;
  /** `Retry-After` of the response in seconds, if it had one. */
  readonly retryAfter: number | undefined;

  constructor(problem: ClientProblem, { status, retryAfter, cause }: ClientErrorOptions = {}) {
    super(problem.message, cause === undefined ? undefined : { cause });
    this.name = 'ClientError';
    this.problem = problem;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** No server answered, or something other than the gateway did. */
export function networkError(message: string, options?: ClientErrorOptions): ClientError {
  return new ClientError({ code: 'network', message, retryable: true }, options);
}

/** The gateway has refused with one of the protocol's codes. */
export function refusal(
  code: ErrorCode,
  message: string,
  retryable: boolean,
  options?: ClientErrorOptions,
): ClientError {
  return new ClientError({ code, message, retryable }, options);
}

export function unauthorized(message: string): ClientError {
  return refusal('unauthorized', message, false);
}

/** Anything thrown as a `ClientError`. An error of an unknown kind counts as `network`. */
export function toClientError(thrown: unknown): ClientError {
  if (thrown instanceof ClientError) return thrown;
  return networkError('the server was not reached', { cause: thrown });
}

/** Whether another token may help. */
export function isTokenError({ problem: { code } }: ClientError): boolean {
  return code === 'unauthorized' || code === 'token_expired';
}
