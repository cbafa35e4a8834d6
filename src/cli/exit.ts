/** Exit codes of every command (docs/cli.md). */
export const EXIT = {
  ok: 0,
  /** Something failed: a refusal, no connection, an answer or a check that failed. */
  failed: 1,
  /** The command line is wrong; nothing was done. */
  usage: 2,
  /** Ended with Ctrl-C: 128 + SIGINT. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command with one line on stderr. `message` contains no password, no token and no text of a conversation. */
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

/** Ctrl-C at a password prompt. */
export function interrupted(): CliError {
  return new CliError('', EXIT.interrupted);
}
