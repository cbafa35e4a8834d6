import type { Terminal } from './terminal.js';

export type Colour = 'dim' | 'bold' | 'red' | 'green' | 'yellow';

const CODES: Record<Colour, readonly [on: number, off: number]> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
};

export type Paint = (colour: Colour, text: string) => string;

/** Colours for a stream that a person looks at; none for a pipe, nor where NO_COLOR is set (no-color.org). */
export function painter(stream: NodeJS.WriteStream, { env }: Terminal): Paint {
  if (!stream.isTTY || env['NO_COLOR'] || env['TERM'] === 'dumb') return (_, text) => text;
  return (colour, text) => `\u001b[${CODES[colour][0]}m${text}\u001b[${CODES[colour][1]}m`;
}
