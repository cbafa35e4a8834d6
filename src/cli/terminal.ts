import { Output } from './output.js';

/** What a command has of the process: who asks, where it writes, what the environment says. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  /** Results alone, so that they can be piped on. */
  readonly stdout: Output;
  /** Everything said about the work: prompts, states, refusals. */
  readonly stderr: Output;
  /** stderr without protection, for readline to echo keys on. Nothing that a server or a model said is written to it. */
  readonly echo: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  /** Calls `listener` at each Ctrl-C, which then ends nothing by itself. Returns the way out. */
  onInterrupt(listener: () => void): () => void;
}

/** The only reader of the process' streams, signals and environment. */
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
