import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** All of stdin. Without it stdin stays open until `end`. */
  readonly input?: string;
}

/** The built command line as a process of its own; its stdin is a pipe, nobody sits at it. */
export class Cli {
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #waiting = new Set<() => void>();
  stdout = '';
  stderr = '';

  private constructor(args: readonly string[], { env, input }: CliOptions) {
    this.#process = spawn(process.execPath, ['dist/src/cli/main.js', ...args], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], ...env },
      stdio: 'pipe',
    });
    this.#closed = once(this.#process, 'close').finally(() => this.#wake());
    const { stdout, stderr, stdin } = this.#process;
    stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#wake();
    });
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#wake();
    });
    // A process that ends early does not read it.
    stdin?.on('error', () => {});
    if (input !== undefined) stdin?.end(input);
  }

  static start(args: readonly string[], options: CliOptions = {}): Cli {
    return new Cli(args, options);
  }

  static run(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
    return new Cli(args, { input: '', ...options }).ended();
  }

  say(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  end(): void {
    this.#process.stdin?.end();
  }

  /** Ctrl-C. */
  interrupt(): void {
    this.#process.kill('SIGINT');
  }

  async ended(): Promise<CliResult> {
    await this.#closed;
    return { code: this.#process.exitCode, stdout: this.stdout, stderr: this.stderr };
  }

  /** Resolves when this was written to stdout or stderr. @throws when the process has ended without it. */
  async wrote(text: string): Promise<void> {
    while (!(this.stdout + this.stderr).includes(text)) {
      if (this.#process.exitCode !== null)
        throw new Error(`ended without "${text}": ${this.stdout}${this.stderr}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Ends it, if a failed test has left it. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#closed;
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
