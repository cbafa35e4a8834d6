import type { IncomingMessage } from 'node:http';
import { ProviderError } from '../../generation/provider.js';

/** Longest line, in UTF-16 units; a server that never ends its line must not fill the memory. */
const MAX_LINE = 16 * 1024 * 1024;

/**
 * The whole lines of each piece of a body, each a JSON object that is no error, as bytes with their line ends. Blank lines are left out: proxies
 * send them, some with `\r`, to keep a connection open. The client itself would print
 * a broken line to the console, text of the answer included, and go on without it.
 * @throws ProviderError for any other line.
 */
export async function* objectLines(body: IncomingMessage): AsyncGenerator<Uint8Array, undefined> {
  let rest = '';
  for await (const piece of body.setEncoding('utf8')) {
    const lines = (rest + String(piece)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE)
      throw new ProviderError('llm_failed', 'the model server sent a line without end');
    yield* wholeLines(lines);
  }
  yield* wholeLines([rest]);
  return undefined;
}

/** Those that are not blank, together; of what precedes a broken one nothing is lost. */
function* wholeLines(lines: readonly string[]): Generator<Uint8Array, void> {
  let whole = '';
  let failure: ProviderError | undefined;
  for (const line of lines) {
    if (line.trim() === '') continue;
    failure = failureOf(line);
    if (failure) break;
    whole += `${line}\n`;
  }
  if (whole !== '') yield Buffer.from(whole);
  if (failure) throw failure;
}

function failureOf(line: string): ProviderError | undefined {
  const object = parse(line);
  if (object === undefined)
    return new ProviderError('llm_failed', 'the model server sent something unreadable');
  // What it says is not told: such a message may quote what the model wrote.
  return 'error' in object
    ? new ProviderError('llm_failed', 'the model server reported an error')
    : undefined;
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
