import * as fc from 'fast-check';
import { AnswerText } from '../../src/generation/answer-text.js';
import { DISCLAIMER, disclaimerFor } from '../../src/generation/disclaimer.js';

/** The message's content when the model writes `deltas`. */
function contentOf(deltas: readonly string[], disclaimer = DISCLAIMER): string {
  const answer = new AnswerText('', disclaimer);
  const text = deltas.map((delta) => answer.push(delta)).join('') + answer.end();
  return text + disclaimerFor(text, disclaimer);
}

const ENDING = `\n\n${DISCLAIMER}`;

/** Ours, one that begins with what it also has inside, one of several paragraphs, and one of a single character. */
const DISCLAIMERS = [
  DISCLAIMER,
  'No advice, no advice: see a doctor.',
  'Kein Rat.\n\nFragen Sie **Ihren Arzt**.',
  '⚕',
];

/** Cuts `text` at the given places. */
function cutAt(text: string, places: readonly number[]): string[] {
  const at = [0, ...places.map((place) => place % (text.length + 1)).toSorted((a, b) => a - b), text.length];
  return at.slice(1).map((end, index) => text.slice(at[index], end));
}

const cuts = fc.array(fc.nat(), { maxLength: 8 });
const space = fc.stringMatching(/^[ \n\r\t]{0,4}$/);

describe('the text of an answer', () => {
  it.each([
    ['nothing', ''],
    ['blank text', '\n\n  '],
  ])('%s is no text', (_, text) => {
    expect(contentOf([text])).toBe('');
  });

  it.each(DISCLAIMERS)(
    'has %j once, wherever the model puts white space around its own and however it is cut',
    (own) => {
      fc.assert(
        fc.property(space, space, cuts, (before, after, places) => {
          const content = contentOf(cutAt(`Rest.${before}${own}${after}`, places), own);
          const kept = before.endsWith('\n\n') ? before.slice(0, -2) : before;
          expect(content).toBe(`Rest.${kept}\n\n${own}`);
          expect(contentOf(cutAt(`${before}${own}${after}`, places), own)).toBe(`\n\n${own}`);
        }),
      );
    },
  );

  it.each(DISCLAIMERS)('keeps every character between, also where other text follows %j', (own) => {
    const piece = fc.oneof(space, fc.string(), fc.constantFrom(own, own.slice(0, 20), own.slice(0, 1)));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), cuts, (pieces, places) => {
        const text = `${pieces.join('')}!`.replaceAll('\0', '');
        expect(contentOf(cutAt(text, places), own)).toBe(`${text}\n\n${own}`);
      }),
    );
  });

  it('gives text out as soon as it cannot be the end', () => {
    const answer = new AnswerText('');
    expect(
      ['Drink', ' ', 'tea', '\n', '⚠️ **Medi', 'cine** helps'].map((delta) => answer.push(delta)),
    ).toEqual(['Drink', ' ', 'tea', '\n', '', '⚠️ **Medicine** helps']);
  });

  it('holds blank text back until other text follows', () => {
    const answer = new AnswerText('');
    expect(['\n', ' ', 'Drink', ' '].map((delta) => answer.push(delta))).toEqual(['', '', '\n Drink', ' ']);
  });

  it('goes on from an answer that was begun', () => {
    expect(new AnswerText('Drink').push(' ')).toBe(' ');
    const answer = new AnswerText('Drink.\n\n');
    expect(answer.push(DISCLAIMER) + answer.end()).toBe(DISCLAIMER);
  });

  it('ends with what only began like a disclaimer', () => {
    expect(contentOf(['Take care. ⚠️ **Med'])).toBe(`Take care. ⚠️ **Med${ENDING}`);
  });
});
