import type { AttemptStart } from '../../generation/attempts.js';
import type { Outcome } from '../../generation/outcome.js';

/** A log as the scripts reply it. */
export interface LogRecord {
  readonly attempts: readonly AttemptStart[];
  /** Present only with all the text that it seals: part of that may have been evicted or lost. */
  readonly outcome?: Outcome;
  readonly closed: boolean;
  /** Bytes of text in all. */
  readonly length: number;
  /** The part of the text that was asked for. */
  readonly text: Buffer;
}

type Reply = [attempts: Buffer, outcome: Buffer, closed: Buffer, length: number, text: Buffer];

/** Undefined for nil. */
export function parseLogRecord(reply: unknown): LogRecord | undefined {
  if (!reply) return undefined;
  const [attempts, seal, closed, length, text] = reply as Reply;
  const outcome = parseSeal(seal.toString(), length);
  return {
    attempts: parseAttempts(attempts.toString()),
    ...(outcome && { outcome }),
    closed: closed.length > 0,
    length,
    text,
  };
}

/** As the hash holds them: `1:0 2:17`. */
export function formatAttempts(attempts: readonly AttemptStart[]): string {
  return attempts.map(({ attempt, start }) => `${attempt}:${start}`).join(' ');
}

function parseAttempts(list: string): AttemptStart[] {
  return list
    .split(' ')
    .filter((item) => item !== '')
    .map((item) => item.split(':').map(Number))
    .map(([attempt = 0, start = 0]) => ({ attempt, start }));
}

/** As the hash holds an outcome: the length of the text that it seals, and JSON. */
export function formatSeal(length: number, outcome: Outcome): string {
  return `${length} ${JSON.stringify(outcome)}`;
}

function parseSeal(seal: string, length: number): Outcome | undefined {
  const space = seal.indexOf(' ');
  if (space < 0 || Number(seal.slice(0, space)) !== length) return undefined;
  return JSON.parse(seal.slice(space)) as Outcome;
}
