import type { AttemptStart } from '../../generation/attempts.js';
import type { Outcome } from '../../generation/outcome.js';

/** A log as the scripts return it. */
export interface LogRecord {
  readonly attempts: readonly AttemptStart[];
  /** Present only if all the text that it seals is there. Part of the text may have been evicted or lost. */
  readonly outcome?: Outcome;
  readonly closed: boolean;
  /** Length of the whole text in bytes. */
  readonly length: number;
  /** The requested part of the text. */
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

/** Attempts as the hash stores them: `1:0 2:17`. */
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

/** An outcome as the hash stores it: the length of the text that it seals, then JSON. */
export function formatSeal(length: number, outcome: Outcome): string {
  return `${length} ${JSON.stringify(outcome)}`;
}

function parseSeal(seal: string, length: number): Outcome | undefined {
  const space = seal.indexOf(' ');
  if (space < 0 || Number(seal.slice(0, space)) !== length) return undefined;
  return JSON.parse(seal.slice(space)) as Outcome;
}
