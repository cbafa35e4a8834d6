import { clearLine, cursorTo, type Interface } from 'node:readline';
import { type Paint, painter } from '../paint.js';
import type { Terminal } from '../terminal.js';

/** Lines about the work, on stderr, wherever the cursor of a terminal stands. */
export class Notices {
  readonly #terminal: Terminal;
  readonly #paint: Paint;
  /** Whether a part of an answer stands at the terminal without a line break after it. */
  isMidLine: () => boolean = () => false;
  #prompt: Interface | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#paint = painter(terminal.stderr, terminal);
  }

  /** From now on `prompt` waits for the person: what they have typed stays below each notice. Undefined: no more. */
  above(prompt: Interface | undefined): void {
    this.#prompt = prompt;
  }

  readonly say = (line: string): void => {
    const { stdout, stderr } = this.#terminal;
    if (this.#prompt && stderr.isTTY) {
      cursorTo(stderr, 0);
      clearLine(stderr, 0);
    } else if (stdout.isTTY && stderr.isTTY && this.isMidLine()) {
      stderr.write('\n');
    }
    stderr.write(`${this.#paint('dim', line)}\n`);
    this.#prompt?.prompt(true);
  };
}
