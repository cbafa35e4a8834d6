import type { PassageText } from './document.js';

/** A paragraph, an item of a list or a row of a table, with the headings above it from the outermost. */
export interface Block {
  readonly headings: readonly string[];
  readonly text: string;
}

/** Longest passage in UTF-16 units. Five of them are about 1,500 tokens, which a window of 4,096 has room for. */
const LONGEST_PASSAGE = 1000;

/**
 * Cuts a document into passages along its headings and paragraphs. A passage never goes past a heading. A paragraph that is
 * too long is cut between sentences, and a sentence that is too long between words.
 *
 * Example, with a bound of 30: the paragraphs `Drink water.` and `Rest.` under `Fever` are one passage, since both fit
 * together; `See a doctor.` under the next heading is another.
 */
export function cutIntoPassages(blocks: readonly Block[], longest = LONGEST_PASSAGE): PassageText[] {
  const passages: { heading: string; content: string }[] = [];
  for (const { headings, text } of blocks) {
    const heading = headings.join(' › ');
    for (const piece of piecesOf(text.trim(), longest)) {
      const last = passages.at(-1);
      if (last?.heading === heading && last.content.length + 2 + piece.length <= longest) {
        last.content += `\n\n${piece}`;
      } else {
        passages.push({ heading, content: piece });
      }
    }
  }
  return passages;
}

function piecesOf(text: string, longest: number): string[] {
  if (text === '') return [];
  if (text.length <= longest) return [text];
  const sentences = [...new Intl.Segmenter(undefined, { granularity: 'sentence' }).segment(text)].map(
    ({ segment }) => segment,
  );
  return joined(
    sentences.flatMap((sentence) => (sentence.length <= longest ? [sentence] : wordsOf(sentence, longest))),
    longest,
  );
}

/** A word may itself be too long, such as a picture in a `data:` address. It is cut between characters. */
function wordsOf(sentence: string, longest: number): string[] {
  return sentence
    .split(/(?<=\s)/)
    .flatMap((word) =>
      word.length <= longest ? [word] : Array.from(word).reduce<string[]>(addCharacter(longest), []),
    );
}

function addCharacter(longest: number) {
  return (pieces: string[], character: string): string[] => {
    const last = pieces.at(-1);
    if (last !== undefined && last.length + character.length <= longest) {
      pieces[pieces.length - 1] = last + character;
    } else pieces.push(character);
    return pieces;
  };
}

/** As few pieces as fit. White space at their ends is dropped. */
function joined(parts: readonly string[], longest: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const part of parts) {
    if (piece.length + part.length > longest) {
      pieces.push(piece);
      piece = '';
    }
    piece += part;
  }
  return [...pieces, piece].map((each) => each.trim()).filter((each) => each !== '');
}
