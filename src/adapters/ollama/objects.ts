import type { IncomingMessage } from 'node:http';
import { ProviderError } from '../../generation/provider.js';

/** Longest line, in UTF-16 units; a server that never ends its line must not fill the memory. */
const MAX_LINE = 16 * 1024 * 1024;

/**
 * The lines of a body, each a JSON object that is no error, as bytes with their line end. Blank lines are left out: proxies
 * send them, some with `\r`, to keep a connection open. The client itself would print
 * a broken line to the console, text of the answer included, and go on without it.
 * @throws ProviderError for any other line.
 */
export async function* objectLines(body: IncomingMessage): AsyncGenerator<Uint8Array> {
  let rest = '';
  for await (const piece of body.setEncoding('utf8')) {
    const lines = (rest + String(piece)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE)
      throw new ProviderError('llm_failed', 'the model server sent a line without end');
    for (const line of lines) if (line.trim() !== '') yield objectLine(line);
  }
  if (rest.trim() !== '') yield objectLine(rest);
}

function objectLine(line: string): Uint8Array {
  const object = parse(line);
  if (object === undefined)
    throw new ProviderError('llm_failed', 'the model server sent something unreadable');
  // What it says is not told: such a message may quote what the model wrote.
  if ('error' in object) throw new ProviderError('llm_failed', 'the model server reported an error');
  return Buffer.from(`${line}\n`);
}

/** Without the parser's own error, which quotes the line. */
function parse(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
