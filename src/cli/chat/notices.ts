import { clearLine, cursorTo, type Interface } from 'node:readline';
import { painted } from '../output.js';
import type { Terminal } from '../terminal.js';

/** Lines about the work, on stderr, wherever the cursor of a terminal stands. */
export class Notices {
  readonly #terminal: Terminal;
  /** Whether a part of an answer stands at the terminal without a line break after it. */
  isMidLine: () => boolean = () => false;
  #prompt: Interface | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** From now on `prompt` waits for the person: what they have typed stays below each notice. Undefined: no more. */
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
