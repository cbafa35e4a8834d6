/** With the `u` flag a whole surrogate pair is one code point, so this finds halves alone. */
const LONE_SURROGATE = /\p{Surrogate}/u;
const LONE_SURROGATES = /\p{Surrogate}/gu;

/** Whether Postgres can store `text` and UTF-8 can carry it: no U+0000, no lone surrogate. */
export function isWritable(text: string): boolean {
  return !text.includes('\0') && !LONE_SURROGATE.test(text);
}

/**
 * Makes a provider's deltas writable, piece by piece: U+0000 and lone surrogates become U+FFFD. The first half of a
 * pair that was split between two deltas is held back until the other half is there.
 */
export class WritableText {
  #held = '';

  /** What can be written now. Joined over all calls, the same text however it was cut into deltas. */
  push(delta: string): string {
    const text = this.#held + delta;
    const half = endsInHalf(text);
    this.#held = half ? text.slice(-1) : '';
    return writable(half ? text.slice(0, -1) : text);
  }

  /** The half that was held back, as U+FFFD: nothing follows that could complete it. */
  end(): string {
    const held = this.#held;
    this.#held = '';
    return writable(held);
  }
}

function writable(text: string): string {
  return text.replaceAll('\0', '\uFFFD').replace(LONE_SURROGATES, '\uFFFD');
}

function endsInHalf(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}
