export type Level = 'ok' | 'warn' | 'fail';

/** A result of a check. */
export interface Finding {
  /** The part that was checked, in one word. */
  readonly about: string;
  readonly level: Level;
  /** What the check saw, without a full stop. */
  readonly finding: string;
  /** What to change. */
  readonly advice?: string;
}

export function ok(about: string, finding: string): Finding {
  return { about, level: 'ok', finding };
}

export function warn(about: string, finding: string, advice: string): Finding {
  return { about, level: 'warn', finding, advice };
}

export function fail(about: string, finding: string, advice: string): Finding {
  return { about, level: 'fail', finding, advice };
}
