/** What a command has of the process: who asks, where it writes, what the environment says. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  /** Results alone, so that they can be piped on. */
  readonly stdout: NodeJS.WriteStream;
  /** Everything said about the work: prompts, states, refusals. */
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  /** Calls `listener` at each Ctrl-C, which then ends nothing by itself. Returns the way out. */
  onInterrupt(listener: () => void): () => void;
}

/** The only reader of the process' streams, signals and environment. */
export function terminalOf(process: NodeJS.Process): Terminal {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    onInterrupt: (listener) => {
      process.on('SIGINT', listener);
      return () => process.off('SIGINT', listener);
    },
  };
}
