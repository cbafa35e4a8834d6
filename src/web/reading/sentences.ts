/** Browsers stop in the middle of what takes long to say. */
const LONGEST = 200;

/**
 * Where the text ends that can be said by now: after the last whole sentence while more text may come, since a voice that says half of
 * one says it wrong.
 */
export function sayable(text: string, growing: boolean): number {
  if (!growing) return text.length;
  const ends = [...text.matchAll(/[.!?。！？।؟…]["')\]”’»]*\s|\n/g)];
  const last = ends.at(-1);
  return last ? last.index + last[0].length : 0;
}

/** The text in pieces of one sentence each, long ones cut at a space. */
export function sentencesOf(text: string): readonly string[] {
  const whole = text.split(/(?<=[.!?。！？।؟…]["')\]”’»]*)\s+|\n+/);
  return whole.flatMap(piecesOf).filter((sentence) => /[\p{L}\p{N}]/u.test(sentence));
}

function piecesOf(sentence: string): string[] {
  const pieces: string[] = [];
  let rest = sentence;
  while (rest.length > LONGEST) {
    const space = rest.lastIndexOf(' ', LONGEST);
    const end = space > 0 ? space : LONGEST;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...pieces, rest];
}

const LANGUAGES: readonly (readonly [script: RegExp, language: string])[] = [
  [/\p{Script=Hiragana}|\p{Script=Katakana}/u, 'ja'],
  [/\p{Script=Han}/u, 'zh'],
  [/\p{Script=Hangul}/u, 'ko'],
  [/\p{Script=Devanagari}/u, 'hi'],
  [/\p{Script=Arabic}/u, 'ar'],
  [/\p{Script=Hebrew}/u, 'he'],
  [/\p{Script=Cyrillic}/u, 'ru'],
  [/\p{Script=Greek}/u, 'el'],
  [/\p{Script=Thai}/u, 'th'],
];

/** The language that a writing suggests; for Latin letters that of the reader's browser. */
export function languageOf(text: string, own: string): string {
  return LANGUAGES.find(([script]) => script.test(text))?.[1] ?? own;
}
