import { type DestinationStream, pino, stdTimeFunctions } from 'pino';
import type { LogFields, Logger } from '../kernel/logger.js';
import { LogOutput } from './log-output.js';

type Fields = Record<keyof LogFields, unknown>;

/** Names here are logged, whatever else a caller's object has. `satisfies` keeps the list in step with `LogFields`. */
const NAMES = Object.keys({
  conversationId: 0,
  messageId: 0,
  userId: 0,
  sessionId: 0,
  connectionId: 0,
  requestId: 0,
  workerId: 0,
  seq: 0,
  attempt: 0,
  position: 0,
  bytes: 0,
  count: 0,
  durationMs: 0,
  port: 0,
  pid: 0,
  role: 0,
  provider: 0,
  model: 0,
  transport: 0,
  method: 0,
  route: 0,
  status: 0,
  code: 0,
  signal: 0,
  result: 0,
  limit: 0,
  error: 0,
} satisfies Fields) as (keyof LogFields)[];

/** Ids, names, codes and routes fit; sentences, addresses of people or with a query, and tokens do not. */
const HARMLESS = /^[\w.:/*()-]{1,80}$/;
const FRAME = /^ {4}at \S.*:\d+:\d+\)?$/;
const FRAMES = 10;
const CAUSES = 3;

/** JSON lines on stdout, one an event: `{"level":"info","time":"<ISO 8601>", …, "msg":"listening"}`. */
export function createLogger(level: string, output: DestinationStream = new LogOutput(1)): Logger {
  const options = { level, base: null, timestamp: stdTimeFunctions.isoTime, formatters: { level: asLabel } };
  const logger = pino(options, output);
  if (output instanceof LogOutput) output.onRecovered((count) => logger.warn({ count }, 'log lines dropped'));
  return {
    debug: (event, fields) => logger.debug(pick(fields), event),
    info: (event, fields) => logger.info(pick(fields), event),
    warn: (event, fields) => logger.warn(pick(fields), event),
    error: (event, fields) => logger.error(pick(fields), event),
  };
}

function asLabel(level: string): { level: string } {
  return { level };
}

function pick(fields: LogFields = {}): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const name of NAMES) {
    const value = fields[name];
    if (value === undefined) continue;
    picked[name] = name === 'error' ? describe(value, CAUSES) : harmless(value);
  }
  return picked;
}

function harmless(value: unknown): number | string | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && HARMLESS.test(value) ? value : undefined;
}

/** Without the message: drivers and parsers quote what they were given in theirs. */
function describe(error: unknown, depth: number): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, cause, code } = error as Error & { code?: unknown };
  return {
    name: harmless(name),
    code: harmless(code),
    stack: frames(error),
    ...(cause !== undefined && depth > 0 && { cause: describe(cause, depth - 1) }),
  };
}

/** A message may have lines that look like frames: it is taken out before they are looked for. */
function frames({ stack = '', message }: Error): string[] {
  const lines = stack.replace(message, '').split('\n');
  return lines.flatMap((line) => (FRAME.test(line) ? [line.trim()] : [])).slice(0, FRAMES);
}
