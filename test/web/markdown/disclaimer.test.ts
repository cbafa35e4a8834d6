import { DISCLAIMER } from '../../../src/generation/disclaimer.js';
import { withoutDisclaimer } from '../../../src/web/markdown/disclaimer.js';

const OWN = ['See a doctor.', 'No advice.\n\nSee a doctor.'];

test.each([
  ['ours', `Rest.\n\n${DISCLAIMER}`, 'Rest.', DISCLAIMER],
  ['an operator’s', 'Rest.\n\nSee a doctor.', 'Rest.', OWN[0]],
  ['the longest of theirs', 'Rest.\n\nNo advice.\n\nSee a doctor.', 'Rest.', OWN[1]],
  [
    'none, in the middle',
    'Rest.\n\nSee a doctor.\n\nAnd drink.',
    'Rest.\n\nSee a doctor.\n\nAnd drink.',
    null,
  ],
  ['none, without a blank line', 'Rest. See a doctor.', 'Rest. See a doctor.', null],
])('an answer is split from its disclaimer: %s', (_, content, text, disclaimer) => {
  expect(withoutDisclaimer(content, OWN)).toEqual({ text, disclaimer });
});
