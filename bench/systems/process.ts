import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A process under test, which says on stdout when it can be used. */
export interface ServerProcess {
  readonly pid: number;
  /** The fields of the line that said it was ready. */
  readonly ready: Readonly<Record<string, unknown>>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * Runs `node ...args` and resolves at the first JSON line on stdout whose `msg` is `readyMessage`.
 * @throws when it exits before.
 */
export async function startProcess(
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
    readonly readyMessage: string;
  },
): Promise<ServerProcess> {
  const child = spawn(process.execPath, args, {
    cwd: options.cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...options.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ready = await lineOf(child, options.readyMessage);
  child.stdout?.resume();
  return {
    pid: child.pid ?? 0,
    ready,
    stop: async (signal = 'SIGKILL') => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    },
  };
}

async function lineOf(child: ChildProcess, message: string): Promise<Record<string, unknown>> {
  const { stdout } = child;
  if (!stdout) throw new Error('no stdout');
  const lines = createInterface({ input: stdout });
  try {
    for await (const line of lines) {
      const fields = JSON.parse(line) as Record<string, unknown>;
      if (fields['msg'] === message) return fields;
    }
  } finally {
    lines.close();
  }
  throw new Error(`a process of the benchmark ended (${child.exitCode ?? child.signalCode})`);
}
