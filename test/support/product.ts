import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(import.meta.dirname, '../..');

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** The built product as a process of its own, as an operator starts it. */
export class Product {
  readonly process: ChildProcess;
  /** Every line of stdout so far. */
  readonly lines: string[] = [];
  stderr = '';
  readonly #waiting = new Set<() => void>();
  static readonly #running = new Set<Product>();

  private constructor(env: Record<string, string>, descriptors?: number, program = ['dist/src/main.js']) {
    const main: [string, ...string[]] = [process.execPath, ...program];
    const limited = ['sh', '-c', `ulimit -n ${descriptors}; exec "$@"`, 'sh', ...main] as const;
    const [command, ...args] = descriptors === undefined ? main : limited;
    this.process = spawn(command, args, {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process.stderr?.on('data', (data) => {
      this.stderr += data;
    });
    const { stdout } = this.process;
    if (!stdout) throw new Error('no stdout');
    createInterface({ input: stdout }).on('line', (line) => {
      this.lines.push(line);
      this.#wake();
    });
    Product.#running.add(this);
    this.process.once('exit', () => {
      Product.#running.delete(this);
      this.#wake();
    });
  }

  /**
   * Resolves when it can be used: a gateway `listening`, a worker `ready`. It may have `descriptors` files and connections
   * open, or as many as the test itself. `program` is what Node runs: by default what this folder has built.
   */
  static async start(
    env: Record<string, string>,
    descriptors?: number,
    program?: string[],
  ): Promise<Product> {
    const product = new Product(env, descriptors, program);
    await product.logged(env['ROLE'] === 'worker' ? 'ready' : 'listening');
    return product;
  }

  /** A start that must fail: its exit code and stderr. */
  static async fails(env: Record<string, string>): Promise<{ code: number | null; stderr: string }> {
    const product = new Product(env);
    const [code] = (await once(product.process, 'exit')) as [number | null];
    return { code, stderr: product.stderr };
  }

  /** Kills what a failed test has left. */
  static async killAll(): Promise<void> {
    await Promise.all([...Product.#running].map((product) => product.stop('SIGKILL')));
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.#find('listening')?.['port'])}`;
  }

  /** The first log line with this message, once it is there. */
  async logged(message: string): Promise<LogLine> {
    for (;;) {
      const line = this.#find(message);
      if (line) return line;
      if (this.process.exitCode !== null) throw new Error(`exited ${this.process.exitCode}: ${this.stderr}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Ends it as an orchestrator does; its exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return this.process.exitCode;
    const exited = once(this.process, 'exit') as Promise<[number | null]>;
    this.process.kill(signal);
    return (await exited)[0];
  }

  #find(message: string): LogLine | undefined {
    return this.lines.map((line) => JSON.parse(line) as LogLine).find(({ msg }) => msg === message);
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
