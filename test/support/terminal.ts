import { PassThrough } from 'node:stream';
import { runCli } from '../../src/cli/run-cli.js';
import type { Terminal } from '../../src/cli/terminal.js';
import type { Env } from './app.js';

export const CTRL_C = '\u0003';
export const CTRL_D = '\u0004';

/** The command line in this process, with somebody at the terminal: keys go in, and what is shown can be read. */
export class TypedCli {
  stdout = '';
  stderr = '';
  readonly exit: Promise<number>;
  readonly #keys = new PassThrough();
  readonly #waiting = new Set<() => void>();

  constructor(args: readonly string[], env: Env = {}) {
    const terminal: Terminal = {
      // As readline uses it: a stream of keys that need no Enter to be heard.
      stdin: Object.assign(this.#keys, { isTTY: true, setRawMode: () => this.#keys }) as never,
      stdout: this.#screen((text) => {
        this.stdout += text;
      }),
      stderr: Object.assign(
        this.#screen((text) => {
          this.stderr += text;
        }),
        { isTTY: true },
      ),
      env: { NO_COLOR: '1', ...env },
      // A terminal in raw mode sends Ctrl-C as a key.
      onInterrupt: () => () => {},
    };
    this.exit = runCli(args, terminal);
  }

  type(keys: string): void {
    this.#keys.write(keys);
  }

  enter(line: string): void {
    this.type(`${line}\r`);
  }

  /** Resolves when this was shown, `times` times. */
  async shows(text: string, times = 1): Promise<void> {
    while ((this.stdout + this.stderr).split(text).length <= times) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #screen(take: (text: string) => void): NodeJS.WriteStream {
    const screen = new PassThrough({ encoding: 'utf8' });
    screen.on('data', (text: string) => {
      take(text);
      for (const wake of this.#waiting) wake();
      this.#waiting.clear();
    });
    return screen as never;
  }
}
