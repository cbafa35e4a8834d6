import { PassThrough } from 'node:stream';
import { Output } from '../../src/cli/output.js';
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

  /** stdout is a pipe unless `isTTY` says that it is shown as well. */
  constructor(args: readonly string[], env: Env = {}, { isTTY = false } = {}) {
    const all = { NO_COLOR: '1', ...env };
    const stdout = this.#screen(isTTY, (text) => {
      this.stdout += text;
    });
    const stderr = this.#screen(true, (text) => {
      this.stderr += text;
    });
    const terminal: Terminal = {
      // As readline uses it: a stream of keys that need no Enter to be heard.
      stdin: Object.assign(this.#keys, { isTTY: true, setRawMode: () => this.#keys }) as never,
      stdout: new Output(stdout, all),
      stderr: new Output(stderr, all),
      echo: stderr,
      env: all,
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

  #screen(isTTY: boolean, take: (text: string) => void): NodeJS.WriteStream {
    const screen = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY });
    screen.on('data', (text: string) => {
      take(text);
      for (const wake of this.#waiting) wake();
      this.#waiting.clear();
    });
    return screen as never;
  }
}
