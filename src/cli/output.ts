import { once } from 'node:events';
import { inert } from './inert.js';

export type Colour = 'dim' | 'bold' | 'red' | 'green' | 'yellow';

/** A text in a colour, where the output has colours. */
export interface Painted {
  readonly colour: Colour;
  readonly text: string;
}

const CODES: Record<Colour, readonly [on: number, off: number]> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
};

/**
 * The one way to stdout and stderr. On a terminal every text is made inert, wherever it comes from, and may have colours
 * (none where NO_COLOR is set, no-color.org). A pipe gets the text as it is.
 */
export class Output {
  readonly #stream: NodeJS.WriteStream;
  readonly #hasColours: boolean;

  constructor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv) {
    this.#stream = stream;
    this.#hasColours = stream.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  }

  /** Whether a person looks at it. */
  get isTTY(): boolean {
    return this.#stream.isTTY;
  }

  write(...parts: readonly (string | Painted)[]): void {
    this.#stream.write(parts.map((part) => this.#rendered(part)).join(''));
  }

  /** Resolves when what was written has been taken: whoever writes much waits for it. Rejects when nobody reads any more. */
  async drained(): Promise<void> {
    if (this.#stream.writableNeedDrain) await once(this.#stream, 'drain');
  }

  #rendered(part: string | Painted): string {
    if (typeof part === 'string') return this.#safe(part);
    const text = this.#safe(part.text);
    if (!this.#hasColours) return text;
    const [on, off] = CODES[part.colour];
    return `\u001b[${on}m${text}\u001b[${off}m`;
  }

  #safe(text: string): string {
    return this.isTTY ? inert(text) : text;
  }
}

export function painted(colour: Colour, text: string): Painted {
  return { colour, text };
}
