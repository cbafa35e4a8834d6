import type { LogFields, Logger } from './logger.js';
import type { Metrics } from './metrics.js';
import { throttledEvent } from './throttled-warning.js';

/** What an operator wants to see of an attack. Each kind is one line a second at most, with a count. */
const LEVELS = {
  'sign-in failed': 'info',
  'limit reached': 'warn',
  'refresh token reused': 'warn',
  'origin refused': 'warn',
  'connection flooded': 'warn',
} as const;

export type SecurityEvent = keyof typeof LEVELS;

/** Never an email, an address or a text: `limit` names which limit, `userId` whose. */
export type SecurityFields = Pick<LogFields, 'userId' | 'sessionId' | 'limit' | 'transport'>;

/** Logs security events, and counts the refusals among them. */
export class SecurityLog {
  readonly #logger: Logger;
  readonly #metrics: Metrics | undefined;
  readonly #kinds = new Map<SecurityEvent, (fields: LogFields) => void>();

  constructor(logger: Logger, metrics?: Metrics) {
    this.#logger = logger;
    this.#metrics = metrics;
  }

  note(event: SecurityEvent, fields: SecurityFields = {}): void {
    const { limit = event === 'connection flooded' ? 'frames' : undefined } = fields;
    if (limit !== undefined) this.#metrics?.countBy('veda_limited_total', { limit });
    let log = this.#kinds.get(event);
    if (!log) {
      log = throttledEvent(this.#logger, LEVELS[event], event);
      this.#kinds.set(event, log);
    }
    log(fields);
  }
}
