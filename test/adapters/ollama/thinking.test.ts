import * as fc from 'fast-check';
import { SpokenText } from '../../../src/adapters/ollama/thinking.js';

function spoken(pieces: readonly string[]): string {
  const text = new SpokenText();
  return pieces.map((piece) => text.push(piece)).join('') + text.end();
}

describe('SpokenText', () => {
  it.each([
    ['<think>what now</think>\n\nDrink water.', 'Drink water.'],
    ['\n <think>\nwhat now\n</think>Drink water.', 'Drink water.'],
    ['<think></think>Drink.', 'Drink.'],
    ['<think>a < b </thin </think>Drink.', 'Drink.'],
    ['<think>never ends', ''],
    ['<think>only thought</think>  \n', ''],
    ['Drink water.', 'Drink water.'],
    ['  Drink <think>water</think>.', '  Drink <think>water</think>.'],
    ['<thinking>is fine</thinking>', '<thinking>is fine</thinking>'],
    ['<th', '<th'],
    ['\n\n', '\n\n'],
    ['', ''],
  ])('of %j leaves %j, however it was cut', (text, expected) => {
    expect(spoken([text])).toBe(expected);
    expect(spoken(text.split(''))).toBe(expected);
    fc.assert(
      fc.property(fc.nat({ max: text.length }), fc.nat({ max: text.length }), (one, other) => {
        const [a, b] = [Math.min(one, other), Math.max(one, other)];
        expect(spoken([text.slice(0, a), text.slice(a, b), text.slice(b)])).toBe(expected);
      }),
    );
  });

  it('holds nothing back once the model speaks', () => {
    const text = new SpokenText();
    expect(text.push('Drink')).toBe('Drink');
    expect(text.push(' <th')).toBe(' <th');
  });

  it('keeps no long thought in memory', () => {
    const text = new SpokenText();
    text.push('<think>');
    for (let index = 0; index < 1000; index += 1) expect(text.push('hm '.repeat(100))).toBe('');
    expect(text.push('</think>So:')).toBe('So:');
  });
});
