/** What Redis, or the connection to it, said, and nothing of what it was asked. */
export class RedisError extends Error {
  /** `OOM`, `READONLY` …, with which Redis begins its errors; or that of the connection, `ECONNREFUSED` … */
  readonly code: string | undefined;

  /**
   * Takes only the message of `cause`: ioredis hangs the command on its errors, with the text of an answer or the
   * password of the connection, and from there they would get into log lines.
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
