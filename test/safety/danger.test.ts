import { openDangerRules } from '../../src/app/danger-rules.js';
import { dangerFinder, type FindDanger } from '../../src/safety/danger.js';
import type { DangerRule, DangerRules } from '../../src/safety/danger-rules.js';
import { parsePhrase } from '../../src/safety/phrase.js';
import { wordsOf } from '../../src/safety/words.js';

/** A message has at most so many characters. */
const LONGEST = 32_000;

const rule = (id: string, phrases: string[], more: Partial<DangerRule> = {}): DangerRule => ({
  id,
  version: 1,
  severity: 'emergency',
  text: `Careful: ${id}`,
  resources: ['help'],
  phrases,
  ...more,
});

const rules = (...list: DangerRule[]): DangerRules => ({
  locale: 'en',
  cues: { before: ['no|not|without', 'symptoms of'], after: ['years ago'], not: ['not only'] },
  resources: { help: [{ label: 'Help', phone: '112' }] },
  rules: list,
});

describe('a phrase', () => {
  const finds = (phrase: string, text: string): boolean =>
    dangerFinder([rules(rule('it', [phrase]))])(text) !== undefined;

  test.each([
    ['chest pain', 'CHEST  pain!', true],
    ['chest pain', 'my chest is full of pain', false],
    ['chest ... pain', 'my chest is full of pain', true],
    ['chest ... pain', 'my chest is full of a dull pain', false],
    ['chest ... pain', 'That is my chest. Pain I have none.', false],
    ['pain|ach* ... chest', 'an aching in my chest', true],
    ["can't breathe", 'I can’t breathe', true],
    ["can't breathe", 'I cant breathe', true],
    ['erbroch*', 'Blut erbrochen', true],
    ['señal', 'SEÑAL', true],
    ['señal', 'senal', true],
    ['gelähmt', 'gelaehmt', false],
    ['साँस', 'सांस', true],
  ])('%s in "%s": %p', (phrase, text, found) => {
    expect(finds(phrase, text)).toBe(found);
  });

  test.each([
    ['... pain', /begins with/],
    ['pain ...', /ends with/],
    ['!', /no word/],
    ['a b c d e f g h i', /more than 8 words/],
    ['a ... b ... c ... d', /more than 2 "\.\.\."/],
    ['chest|left arm|-', /is not one word/],
  ])('%s is refused', (phrase, message) => {
    expect(() => parsePhrase(phrase)).toThrow(message);
  });
});

describe('danger', () => {
  const find = dangerFinder([
    rules(
      rule('pain', ['chest pain'], { severity: 'warning' }),
      rule('stroke', ['stroke'], { always: ['having a stroke'] }),
      rule('bleeding', ['bleeding']),
    ),
  ]);

  test.each([
    ['I have chest pain', 'pain@1'],
    ['I have no chest pain', undefined],
    ['no fever, chest pain', 'pain@1'],
    ['What are symptoms of a stroke?', undefined],
    ['a stroke, years ago', 'stroke@1'],
    ['a stroke years ago', undefined],
    ['not only a stroke', 'stroke@1'],
    ['no, I am not having a stroke', 'stroke@1'],
    ['chest pain and bleeding', 'bleeding@1'],
    ['bleeding after a stroke', 'stroke@1'],
    ['nothing', undefined],
    ['', undefined],
  ])('in "%s": %s', (text, found) => {
    expect(find(text)?.rule).toBe(found);
  });

  test('is told with its text and those who help', () => {
    expect(find('a stroke')).toEqual({
      rule: 'stroke@1',
      severity: 'emergency',
      text: 'Careful: stroke',
      resources: [{ label: 'Help', phone: '112' }],
    });
  });
});

/** Parts that make the longest texts. Many phrases begin everywhere in them, and none ends. */
const PARTS: Readonly<Record<string, string>> = {
  'the first words of phrases': 'chest took pain can my feel no want blood ',
  'gaps that never close': 'chest the of a the of a ',
  'nothing but cues': 'no not without never ',
  'phrases that are all taken back': 'no chest pain no stroke ',
  'one long word': 'a',
  'no word': '!',
  'marks without letters': '\u0301',
  apostrophes: "a'",
  Hindi: 'साँस लेने में बहुत सीने में दर्द खून ',
  'letters that grow when they are decomposed': '\uFDFA\u1F82',
  'a word of many words with apostrophes': "abc'",
};

describe('the work that a text costs', () => {
  let find: FindDanger;

  beforeAll(async () => {
    find = await openDangerRules();
  });

  const comparisons = (text: string): number => {
    let count = 0;
    find(text, () => count++);
    return count;
  };

  test.each(Object.entries(PARTS))('grows with its length alone: %s', (_, part) => {
    const short = part.repeat(LONGEST / 8 / part.length);
    const long = part.repeat(LONGEST / part.length);
    // Eight times the text costs eight times the work, and a little for the ends of parts.
    expect(comparisons(long)).toBeLessThanOrEqual(comparisons(short) * 8 * 1.1 + 1000);
    // Each word is compared with a bounded number of phrases.
    expect(comparisons(long)).toBeLessThan(wordsOf(long).length * 150 + 1000);
  });
});

test.each(["'", '’', '‘', '´', '`', 'ʼ', '′', '＇'])(
  'what people type for an apostrophe is one: %s',
  (apostrophe) => {
    expect(wordsOf(`I can${apostrophe}t breathe`).map(({ text }) => text)).toEqual(['i', 'cant', 'breathe']);
  },
);
