/** An error of Redis or of the connection to it. Contains nothing of the command. */
export class RedisError extends Error {
  /** The code of a Redis error (`OOM`, `READONLY` …) or of a connection error (`ECONNREFUSED` …). */
  readonly code: string | undefined;

  /**
   * Takes only the message of `cause`. ioredis attaches the command to its errors, with the text of an answer or the
   * password of the connection, which must not reach a log line.
   */
  constructor(what: string, cause: unknown) {
    super(`redis: ${what}: ${cause instanceof Error ? cause.message : 'unknown'}`);
    this.name = 'RedisError';
    this.code = codeOf(cause);
  }
}

function codeOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  if ('code' in cause && typeof cause.code === 'string') return cause.code;
  return /^[A-Z]{3,}(?= )/.exec(cause.message)?.[0];
}
