export type Level = 'ok' | 'warn' | 'fail';

/** What a check found out. */
export interface Finding {
  /** One word for what was looked at. */
  readonly about: string;
  readonly level: Level;
  /** What is so, in one sentence without a full stop. */
  readonly finding: string;
  /** What to do about it. */
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
