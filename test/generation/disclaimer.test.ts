import * as fc from 'fast-check';
import { DISCLAIMER, disclaimerFor, withoutDisclaimer } from '../../src/generation/disclaimer.js';

describe('disclaimer', () => {
  it('is the sentence of the wire contract, to the byte', () => {
    expect(DISCLAIMER).toBe(
      '⚠️ **Medical Disclaimer**: This information is for educational purposes only and should not replace professional medical advice. Please consult with a healthcare provider for medical concerns.',
    );
    expect(Buffer.byteLength(DISCLAIMER)).toBe(DISCLAIMER.length + 4);
  });

  it('ends any text after a blank line, once', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        fc.pre(text.trim() !== '');
        const content = text + disclaimerFor(text);
        expect(content.endsWith(`\n\n${DISCLAIMER}`)).toBe(true);
        expect(disclaimerFor(content)).toBe('');
      }),
    );
  });

  it.each(['', '\n\n  '])('is not added to %j, which is no answer', (text) => {
    expect(disclaimerFor(text)).toBe('');
  });

  it.each([DISCLAIMER, `\n${DISCLAIMER} \n`, `Rest.\n\n${DISCLAIMER}\n\n`])(
    'is not added to %j, which has it',
    (text) => {
      expect(disclaimerFor(text)).toBe('');
    },
  );

  it('is added when the model wrote only something like it', () => {
    expect(disclaimerFor(`Rest. ${DISCLAIMER}`)).toBe(`\n\n${DISCLAIMER}`);
  });

  it('can be taken off again, which gives back what the model wrote', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(withoutDisclaimer(text + disclaimerFor(text))).toBe(text);
      }),
    );
  });

  it('of an operator is taken off, the longest of those that are known, and ours', () => {
    const known = [DISCLAIMER, 'See a doctor.', 'No advice.\n\nSee a doctor.'];
    for (const disclaimer of known) {
      expect(withoutDisclaimer(`Rest.${disclaimerFor('Rest.', disclaimer)}`, known)).toBe('Rest.');
    }
    expect(withoutDisclaimer('Rest.\n\nAnother one.', known)).toBe('Rest.\n\nAnother one.');
  });
});
