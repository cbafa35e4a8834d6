import { clearLine, cursorTo, type Interface } from 'node:readline';
import { painted } from '../output.js';
import type { Terminal } from '../terminal.js';

/** Prints notices on stderr, each on a line of its own, wherever the terminal's cursor is. */
export class Notices {
  readonly #terminal: Terminal;
  /** Whether the last printed text of an answer has no line break after it. */
  isMidLine: () => boolean = () => false;
  #prompt: Interface | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** While `prompt` waits for input, each notice is printed above it and above what is typed. Undefined: no prompt waits. */
  above(prompt: Interface | undefined): void {
    this.#prompt = prompt;
  }

  readonly say = (line: string): void => {
    const { stdout, stderr, echo } = this.#terminal;
    if (this.#prompt && stderr.isTTY) {
      cursorTo(echo, 0);
      clearLine(echo, 0);
    } else if (stdout.isTTY && stderr.isTTY && this.isMidLine()) {
      stderr.write('\n');
    }
    stderr.write(painted('dim', line), '\n');
    this.#prompt?.prompt(true);
  };
}
