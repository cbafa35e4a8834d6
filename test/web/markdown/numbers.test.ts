import * as fc from 'fast-check';
import { spokenText } from '../../../src/web/markdown/spoken-text.js';
import { textShown } from './shown.js';

test.each([
  'Take 1~2 tablets, 3~5 times a day.',
  'Take ~5 mg, then ~~5 mg.',
  '5*10*2 mg',
  '5 * 10 * 2 mg',
  '(5)*10*(2) mg',
  '5%*10%*2',
  '2**3**2 and 5**10',
  '20 °C*-3*-2',
  'a_b, snake_case_name, 5_10_2 and __x',
  'half~a~tablet and 1~~2~~3',
  'half*a*tablet and un**believ**able',
  '120|80 mmHg',
  '> 39 °C: see a doctor',
  '>= 39.5 °C',
  '>38,5 °C',
  '+ 3 mg more',
  'Dose*, see below.\n*) with food, 5 mg*',
  'Na+ 140, Ca++ 2.5, 5 < 10 > 3, 5<10>3, a<b>c</b>',
  'see [1] and [2], 5[1] tablets',
  '[1]: https://example.org/a',
  '[Dose]: 20',
  '5 mg\n-\n3 mg',
  '5 mg\n=\n3 mg',
  'R² ≈ 0.95 ± 0.02 × 10⁻³ µg/m³',
  '#5 of 10, 100% & 3 @ 4 ^ 2',
  '\\(E=mc^2\\) and \\[x_1*x_2*x_3\\] and $$a*b*c$$ for $5 to $10',
  'Cost: $5*3*2',
  '1986. It was a long year'.replace('. ', ' '),
])('%j is shown, and said, as it is written', (text) => {
  expect(textShown(text)).toBe(text);
  expect(spokenText(text)).toBe(text);
});

test.each([
  ['**5 mg** twice', '5 mg twice'],
  ['*2–3 times* a day, _not more_', '2–3 times a day, not more'],
  ['~~10 mg~~ 5 mg', '10 mg 5 mg'],
  ['***at most 4 g***', 'at most 4 g'],
  ['(**5 mg**), **10 mg**.', '(5 mg), 10 mg.'],
  ['`5*10*2`', '5*10*2'],
  ['5 \\* 10 \\~ 2', '5 * 10 ~ 2'],
  ['a[1](https://example.org) b', 'a[1] b'],
  ['5[1](https://example.org) tablets', '5[1] tablets'],
  ['[10 mg](https://example.org)', '10 mg'],
  ['# 39 °C is fever', '39 °C is fever'],
  ['> Quoted: 5*10*2', 'Quoted: 5*10*2'],
])('of %j only the marks around words are not shown: %j', (text, shown) => {
  expect(textShown(text)).toBe(shown);
});

/** A piece of a sentence, and what is shown of it. */
interface Piece {
  readonly source: string;
  readonly shown: string;
}

const number = fc.oneof(
  fc.integer({ min: 0, max: 5000 }).map(String),
  fc.tuple(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 0, max: 9 })).map(([a, b]) => `${a}.${b}`),
  fc.tuple(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 0, max: 9 })).map(([a, b]) => `${a},${b}`),
);
const sign = fc.constantFrom(
  '*',
  '~',
  '_',
  '**',
  '~~',
  '-',
  '–',
  '+',
  '/',
  '|',
  '<',
  '>',
  '=',
  '±',
  '×',
  '^',
  ':',
  '.',
);
const spaced = fc.constantFrom(' * ', ' ~ ', ' - ', ' > ', ' | ', ' + ', ' / ', ' ** ');
const unit = fc.constantFrom('', ' mg', ' ml', ' °C', '%', ' mmHg', ' µg/kg', ' IU', 'x', ' mg/dl', '°');
const word = fc.constantFrom(
  'take',
  'tablets',
  'fever',
  'dose_max',
  'IL-6',
  'vitamin',
  'Größe',
  'daily',
  'HbA1c',
  'SpO₂',
  'CO₂',
);

/** Numbers with signs between them and no space: nothing of it is a mark. */
const quantity: fc.Arbitrary<Piece> = fc
  .tuple(
    fc.constantFrom('', '~', '<', '>', '≥', '±', '+', '-', '−'),
    number,
    fc.array(fc.tuple(fc.oneof(sign, spaced), number), { maxLength: 3 }),
    unit,
  )
  .map(
    ([lead, first, rest, unit]) =>
      `${lead}${first}${rest.map(([sign, number]) => sign + number).join('')}${unit}`,
  )
  .map((source) => ({ source, shown: source }));
const plain: fc.Arbitrary<Piece> = word.map((source) => ({ source, shown: source }));
/** Well-formed marks around words and quantities. */
const marked: fc.Arbitrary<Piece> = fc
  .tuple(
    fc.constantFrom('**', '*', '_', '__', '~~', '***'),
    fc.array(fc.oneof(word, number), { minLength: 1, maxLength: 3 }),
  )
  .map(([mark, words]) => ({ source: `${mark}${words.join(' ')}${mark}`, shown: words.join(' ') }));

const sentence = fc
  .tuple(plain, fc.array(fc.oneof(quantity, plain, marked), { minLength: 1, maxLength: 12 }))
  .map(([first, pieces]) => [first, ...pieces])
  .map((pieces) => ({
    source: `${pieces.map(({ source }) => source).join(' ')}.`,
    shown: `${pieces.map(({ shown }) => shown).join(' ')}.`,
  }));

/** Where a sentence may stand, with its marks. */
const place = fc.constantFrom(
  ['', ''],
  ['# ', ''],
  ['- ', ''],
  ['* ', ''],
  ['Note:\n\n> Well, ', ''],
  ['| a |\n| --- |\n| ', ' |'],
);

const digitsAndSigns = (text: string): string => text.replaceAll(/[^\p{N}\p{S}\p{P}]/gu, '');

test('no digit and no sign of a sentence is lost, added or moved, on the page and for the ear', () => {
  fc.assert(
    fc.property(sentence, ({ source, shown }) => {
      expect(digitsAndSigns(textShown(source))).toBe(digitsAndSigns(shown));
      expect(digitsAndSigns(spokenText(source))).toBe(digitsAndSigns(shown));
    }),
    { numRuns: 1000 },
  );
});

test('nor where the sentence is a heading, an item, a quote or a cell', () => {
  fc.assert(
    fc.property(sentence, place, ({ source, shown }, [before = '', after = '']) => {
      fc.pre(!(after !== '' && source.includes('|')));
      const text = digitsAndSigns(textShown(`${before}${source}${after}`));
      expect(text.endsWith(digitsAndSigns(shown))).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test('nor while the sentence is being written', () => {
  fc.assert(
    fc.property(sentence, fc.nat(), ({ source }, at) => {
      const begun = source.slice(0, at % (source.length + 1));
      const digits = (text: string): string => text.replaceAll(/\P{N}/gu, '');
      expect(digits(textShown(begun, true))).toBe(digits(begun));
    }),
    { numRuns: 1000 },
  );
});
