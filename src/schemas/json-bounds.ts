/** What a JSON text may hold. A text within these bounds is cheap to parse and to validate. */
export interface JsonBounds {
  /** How deep objects and arrays may be nested. */
  readonly depth: number;
  /** How many objects, arrays and commas it may have in all. */
  readonly values: number;
}

/** Far more than any request of ours needs. */
export const REQUEST_BOUNDS: JsonBounds = { depth: 32, values: 1000 };

/** Requests that bring a whole conversation: some thousand messages with their parts. */
export const HISTORY_BOUNDS: JsonBounds = { depth: 32, values: 50_000 };

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Which bound a JSON text exceeds, if any. It reads the text once and builds nothing: `JSON.parse` and a schema take seconds
 * for 1 MB of nested arrays or of tiny fields. A text that is not JSON may get any answer; the parser refuses it.
 *
 * Each bracket and each comma counts as one value: `{"a":[1,2]}` has depth 2 and 3 values.
 */
export function exceededBound(text: string, { depth, values }: JsonBounds): keyof JsonBounds | undefined {
  let level = 0;
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        level += 1;
        count += 1;
        if (level > depth) return 'depth';
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        level -= 1;
        break;
      case COMMA:
        count += 1;
        break;
    }
    if (count > values) return 'values';
  }
  return undefined;
}

/** The index of the quote that ends the string which begins at `start`; the text's length if none does. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
