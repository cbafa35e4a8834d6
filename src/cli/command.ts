import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type ExitCode, usage } from './exit.js';
import type { Terminal } from './terminal.js';

export interface Command {
  /** What `--help` prints. */
  readonly help: string;
  /** @throws CliError */
  run(argv: readonly string[], terminal: Terminal): Promise<ExitCode>;
}

type Options = NonNullable<ParseArgsConfig['options']>;
type Parsed<T extends Options> = ReturnType<
  typeof parseArgs<{ options: T; strict: true; allowPositionals: true }>
>;

/**
 * Parses the arguments. `words` names the positional ones, all of them required.
 * @throws CliError for an unknown, missing or superfluous argument
 */
export function parseArguments<const T extends Options>(
  argv: readonly string[],
  options: T,
  words: readonly string[] = [],
): Parsed<T> {
  const parsed = read(argv, options);
  const missing = words[parsed.positionals.length];
  if (missing !== undefined) throw usage(`${missing} is missing`);
  const unwanted = parsed.positionals[words.length];
  if (unwanted !== undefined) throw usage(`unexpected argument '${unwanted}'`);
  return parsed;
}

function read<const T extends Options>(argv: readonly string[], options: T): Parsed<T> {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: true });
  } catch (error) {
    // The first sentence of Node's message says what is wrong; the rest explains `--`.
    const [said = ''] = (error as Error).message.split(/\.(?:\s|$)/);
    throw usage(said.charAt(0).toLowerCase() + said.slice(1));
  }
}

/** The value of an option that is a whole number. @throws CliError */
export function wholeNumber(name: string, text: string, from: number, to: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= from && value <= to) return value;
  throw usage(`--${name} must be a whole number from ${from} to ${to}`);
}

/** The value of an option that is one of `values`. @throws CliError */
export function oneOf<const T extends string>(name: string, text: string, values: readonly T[]): T {
  const found = values.find((value) => value === text);
  if (found !== undefined) return found;
  throw usage(`--${name} must be one of ${values.join(', ')}`);
}
