/** How a command ends; the same for all of them (docs/cli.md). */
export const EXIT = {
  ok: 0,
  /** It did not work: refused, unreachable, an answer that failed, a check that failed. */
  failed: 1,
  /** The command line is wrong, and nothing was done. */
  usage: 2,
  /** Left with Ctrl-C: 128 + SIGINT. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command with one line on stderr. `message` holds no password, no token and no text of any message. */
export class CliError extends Error {
  readonly exit: ExitCode;

  constructor(message: string, exit: ExitCode = EXIT.failed) {
    super(message);
    this.name = 'CliError';
    this.exit = exit;
  }
}

/** The command line is wrong. */
export function usage(message: string): CliError {
  return new CliError(message, EXIT.usage);
}

/** Ctrl-C at a question. */
export function interrupted(): CliError {
  return new CliError('', EXIT.interrupted);
}
