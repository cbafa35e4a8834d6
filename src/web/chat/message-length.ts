/** Characters (Unicode code points) of a message that the server accepts (docs/protocol.md, "REST"). */
const MOST_CHARACTERS = 32_000;
/** From here on the length is shown. */
const NEARLY = 0.9 * MOST_CHARACTERS;

const NUMBER = new Intl.NumberFormat('en');

export interface MessageLength {
  readonly isTooLong: boolean;
  /** What to say about the length. `null` while there is room. */
  readonly text: string | null;
}

/** Counts as the server does: an emoji such as 🩺 is one character, and two UTF-16 units. */
export function lengthOf(message: string): MessageLength {
  if (message.length < NEARLY) return { isTooLong: false, text: null };
  const characters = Array.from(message).length;
  const over = characters - MOST_CHARACTERS;
  if (over > 0) {
    const most = NUMBER.format(MOST_CHARACTERS);
    const text = `This message has ${NUMBER.format(characters)} characters. At most ${most} can be sent. Please shorten it by ${NUMBER.format(over)}.`;
    return { isTooLong: true, text };
  }
  const text = characters < NEARLY ? null : `${NUMBER.format(-over)} characters left`;
  return { isTooLong: false, text };
}
