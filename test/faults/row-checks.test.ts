import type { Talk } from './checks.js';
import { at, broken, DISCLAIMER, FOREIGN, first, ROW, SAID, talkWith, WHOLE } from './fixtures.js';

test.each<[string, string, Partial<Talk>]>([
  [
    'an answer has no end',
    'I3',
    { rows: [{ ...ROW, ended: false, status: 'streaming', content: '' }], transcripts: [] },
  ],
  [
    'an answer is given up',
    'I2',
    {
      rows: [{ ...ROW, status: 'incomplete', content: first + DISCLAIMER, error: 'llm_failed' }],
      transcripts: [],
    },
  ],
  [
    'an answer is stopped that nobody stopped',
    'I2',
    { rows: [{ ...ROW, status: 'stopped', content: first + DISCLAIMER }], transcripts: [] },
  ],
  ['a row has one byte less', 'I2', { rows: [{ ...ROW, content: SAID.slice(0, -1) + DISCLAIMER }] }],
  ['a row has two disclaimers', 'I2', { rows: [{ ...ROW, content: WHOLE + DISCLAIMER }], transcripts: [] }],
  ['a row is somebody else’s', 'I2', { rows: [{ ...ROW, content: FOREIGN + DISCLAIMER }], transcripts: [] }],
  ['a message that was accepted is lost', 'accepted', { rows: [], transcripts: [] }],
  ['a retry made another answer', 'accepted', { rows: [ROW, { ...ROW, id: 'another', seq: 2 }] }],
  [
    'an answer is there that nobody asked',
    'accepted',
    { rows: [ROW, { ...ROW, id: 'another', key: 'k', seq: 2 }] },
  ],
  ['a number is left out', 'I2', { rows: [{ ...ROW, seq: 2 }] }],
  ['the log has another text', 'I2', { logs: new Map([[at.messageId, FOREIGN]]) }],
  ['rows are left of what was deleted', 'accepted', { rows: [], rowsLeft: 1 }],
])('it is seen in what is stored when %s: %s', (_, invariant, otherwise) => {
  expect(broken(talkWith(otherwise))).toContain(invariant);
});
