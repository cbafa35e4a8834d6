/** What Redis, or the connection to it, said, and nothing of what it was asked. */
export class RedisError extends Error {
  /**
   * Takes only the message of `cause`: ioredis hangs the command on its errors, with the text of an answer or the
   * password of the connection, and from there they would get into log lines.
   */
  constructor(what: string, cause: unknown) {
    super(`redis: ${what}: ${cause instanceof Error ? cause.message : 'unknown'}`);
    this.name = 'RedisError';
  }
}
