/**
 * Writes log lines, one event a line. The fields are a closed set of harmless values, so that no text of a user, no
 * token and no URL with a query can be logged by mistake.
 */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** The same logger, with these fields in every line. */
export function withFields(logger: Logger, fixed: LogFields): Logger {
  return {
    debug: (event, fields) => logger.debug(event, { ...fixed, ...fields }),
    info: (event, fields) => logger.info(event, { ...fixed, ...fields }),
    warn: (event, fields) => logger.warn(event, { ...fixed, ...fields }),
    error: (event, fields) => logger.error(event, { ...fixed, ...fields }),
  };
}

export interface LogFields {
  readonly conversationId?: string;
  readonly messageId?: string;
  readonly userId?: string;
  readonly sessionId?: string;
  readonly connectionId?: string;
  readonly requestId?: string;
  readonly workerId?: string;
  readonly seq?: number;
  readonly attempt?: number;
  readonly position?: number;
  readonly bytes?: number;
  readonly count?: number;
  readonly durationMs?: number;
  readonly port?: number;
  readonly pid?: number;
  readonly role?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly transport?: string;
  readonly method?: string;
  /** The pattern, `/api/conversations/:id`; never the path with its query. */
  readonly route?: string;
  readonly status?: number | string;
  readonly code?: number | string;
  readonly signal?: string;
  /** The tag of an outcome: `claimed`, `duplicate`, `fenced` … */
  readonly result?: string;
  /** Which rate limit. */
  readonly limit?: string;
  /** Its name, code and stack frames are logged, and its message is not: drivers quote values in theirs. */
  readonly error?: unknown;
}
