import { cannedAnswer } from '../../../src/adapters/dev-llm/canned.js';
import { CANNED_ANSWERS, GENERAL_ANSWER } from '../../../src/adapters/dev-llm/canned-answers.js';
import { tokenize } from '../../../src/adapters/dev-llm/pace.js';
import { DISCLAIMER } from '../../../src/generation/disclaimer.js';

const answers = [...CANNED_ANSWERS.map(({ text }) => text), GENERAL_ANSWER];

describe('canned answers', () => {
  it.each([
    ['I have had a headache since Monday', 'headaches'],
    ['my FEVER does not go down', 'fever'],
    ['is 130/85 a high blood pressure?', 'mmHg'],
    ['which dose of ibuprofen may I take', 'pharmacist'],
    ['I cannot sleep', 'insomnia'],
  ])('answer the subject of "%s"', (question, word) => {
    expect(cannedAnswer(question)).toContain(word);
  });

  it.each(['I have a headache and chest pain', 'fever, and I can’t breathe', 'is it stress? My chest hurts'])(
    'put what may be urgent first: "%s"',
    (question) => {
      expect(cannedAnswer(question)).toContain('Call your local emergency number now');
    },
  );

  it('take a wish to die seriously, whatever else is said', () => {
    expect(cannedAnswer('I am so tired, I want to die')).toContain('Are you safe right now?');
  });

  it('have a general answer to everything else', () => {
    expect(cannedAnswer('xyzzy')).toBe(GENERAL_ANSWER);
    expect(cannedAnswer('')).toBe(GENERAL_ANSWER);
  });

  it.each(answers)('are of a sensible length, name when to get help, and bear no disclaimer: %#', (text) => {
    expect(tokenize(text).length).toBeGreaterThanOrEqual(80);
    expect(tokenize(text).length).toBeLessThanOrEqual(250);
    expect(text).toMatch(/emergency|at once|doctor/);
    expect(text).not.toContain(DISCLAIMER);
    expect(text).toBe(text.trim());
  });
});
