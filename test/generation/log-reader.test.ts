import { ChangeSignal } from '../../src/adapters/change-signal.js';
import { type LogPage, nextRead, readLog } from '../../src/generation/log-reader.js';
import type { Cursor } from '../../src/protocol/cursor.js';

const LOG: LogPage = {
  attempts: [
    { attempt: 1, start: 0 },
    { attempt: 2, start: 4 },
  ],
  length: 6,
  ended: false,
  page: Buffer.alloc(0),
};

function at(attempt: number, position: number): Cursor {
  return { seq: 1, attempt, position };
}

describe('what a reader is told', () => {
  it.each<[string, Cursor, Partial<LogPage> | undefined, object]>([
    ['there is no log', at(1, 4), undefined, { kind: 'waiting', cursor: at(1, 4) }],
    ['nothing follows', at(2, 6), {}, { kind: 'waiting', cursor: at(2, 6) }],
    ['text follows', at(1, 4), { page: Buffer.from('é') }, { kind: 'text', text: 'é', cursor: at(2, 6) }],
    [
      'text follows `accepted`',
      at(0, 1),
      { page: Buffer.from('abé') },
      { kind: 'text', text: 'abé', cursor: at(1, 4) },
    ],
    [
      'only half a character follows',
      at(1, 4),
      { page: Buffer.of(0xc3) },
      { kind: 'waiting', cursor: at(1, 4) },
    ],
    [
      'it stands inside a character',
      at(2, 5),
      { page: Buffer.of(0xa9) },
      { kind: 'reset', cursor: at(2, 0) },
    ],
    ['its text was dropped', at(1, 5), { page: Buffer.from('x') }, { kind: 'reset', cursor: at(2, 0) }],
    [
      'the log is older than the reader',
      at(3, 1),
      { page: Buffer.from('x'), ended: true },
      { kind: 'waiting', cursor: at(3, 1) },
    ],
    [
      'the log is shorter than the reader has it',
      at(2, 9),
      { ended: true },
      { kind: 'waiting', cursor: at(2, 9) },
    ],
    ['the log has ended', at(2, 6), { ended: true }, { kind: 'end', cursor: at(2, 7) }],
  ])('when %s', (_when, cursor, look, read) => {
    expect(nextRead(cursor, look && { ...LOG, ...look })).toEqual(read);
  });
});

describe('a reader that waits', () => {
  it('does not miss a change that came between its look and its wait', async () => {
    const changes = new ChangeSignal();
    let looks = 0;
    const readPage = async (): Promise<undefined> => {
      looks++;
      // The look does not see it any more.
      if (looks === 1) changes.notify();
      return undefined;
    };
    const reads = readLog({ changes, readPage }, at(0, 1), new AbortController().signal);
    await reads.next();
    await reads.next();
    expect(looks).toBe(2);
    await reads.return();
  });
});
