import { Output } from './output.js';

/** What a command uses of the process. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  /** Results alone, so that they can be piped. */
  readonly stdout: Output;
  /** Everything else: prompts, states, errors. */
  readonly stderr: Output;
  /** stderr without protection, for readline to echo keys on. Nothing that a server or a model said is written to it. */
  readonly echo: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  /** Calls `listener` at each Ctrl-C, which then does not end the process. Returns a function that unsubscribes. */
  onInterrupt(listener: () => void): () => void;
}

/** The only code that uses the streams, signals and environment of the process. */
export function terminalOf(process: NodeJS.Process): Terminal {
  return {
    stdin: process.stdin,
    stdout: new Output(process.stdout, process.env),
    stderr: new Output(process.stderr, process.env),
    echo: process.stderr,
    env: process.env,
    onInterrupt: (listener) => {
      process.on('SIGINT', listener);
      return () => process.off('SIGINT', listener);
    },
  };
}
