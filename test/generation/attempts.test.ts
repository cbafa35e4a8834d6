import * as fc from 'fast-check';
import {
  type AttemptStart,
  advance,
  forkedBy,
  lastAttempt,
  writerOf,
} from '../../src/generation/attempts.js';
import { compareCursors } from '../../src/protocol/cursor.js';

const none: AttemptStart[] = [];
/** The second went on from 7, the fourth started again from 5. */
const three: AttemptStart[] = [
  { attempt: 1, start: 0 },
  { attempt: 2, start: 7 },
  { attempt: 4, start: 5 },
];

describe('the fork rule', () => {
  it.each<[number, number, number | undefined, string]>([
    [1, 5, undefined, 'text up to the start of the last attempt stands'],
    [1, 6, 4, 'a later attempt started before it'],
    [2, 9, 4, 'a later attempt started before it, though it was not the next one'],
    [4, 9, undefined, 'the last attempt wrote it'],
    [5, 9, undefined, 'of an attempt that is still to be heard of, nothing is known'],
    [3, 5, 4, 'an attempt that the later ones do not know'],
    [1, 0, undefined, 'no text, nothing to drop'],
    [3, 0, undefined, 'no text, nothing to drop'],
    [0, 1, undefined, 'after `accepted` there is no text'],
  ])('at attempt %i, position %i gives %s: %s', (attempt, position, forked) => {
    expect(forkedBy({ seq: 1, attempt, position }, three)).toBe(forked);
  });

  it('forks nobody from a log in which nothing has begun', () => {
    expect(forkedBy({ seq: 1, attempt: 1, position: 5 }, none)).toBeUndefined();
  });
});

describe('the writer of a byte', () => {
  it.each([
    [1, 1],
    [5, 1],
    [6, 4],
    [9, 4],
    [0, 1],
  ])('before position %i is attempt %i', (position, writer) => {
    expect(writerOf(position, three)).toBe(writer);
  });

  it('is nobody where nothing has begun', () => {
    expect(writerOf(3, none)).toBe(0);
    expect(lastAttempt(none)).toBe(0);
  });
});

/** Attempts as they come: rising, each with a start of its own. */
const attempts = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 3 }), start: fc.nat({ max: 50 }) }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((all) => {
    let attempt = 0;
    return all.map(({ gap, start }, index) => ({
      attempt: (attempt += gap),
      start: index === 0 ? 0 : start,
    }));
  });

describe('a reader', () => {
  it('is never forked by the attempts that its cursor comes from', () => {
    fc.assert(
      fc.property(attempts, fc.nat({ max: 100 }), (attempts, position) => {
        const cursor = advance({ seq: 1, attempt: 0, position: 1 }, position, attempts);
        expect(forkedBy(cursor, attempts)).toBeUndefined();
      }),
    );
  });

  it('goes forward with its text, also from a reset', () => {
    fc.assert(
      fc.property(
        attempts,
        fc.nat({ max: 50 }),
        fc.integer({ min: 1, max: 50 }),
        (attempts, position, more) => {
          const reset = { seq: 1, attempt: lastAttempt(attempts), position: 0 };
          const first = advance(reset, position + 1, attempts);
          const second = advance(first, position + 1 + more, attempts);
          expect(compareCursors(first, reset)).toBeGreaterThan(0);
          expect(compareCursors(second, first)).toBeGreaterThan(0);
        },
      ),
    );
  });

  it('is forked by a new attempt exactly if it has text that this one drops', () => {
    fc.assert(
      fc.property(attempts, fc.nat({ max: 60 }), fc.nat({ max: 60 }), (attempts, position, start) => {
        const cursor = advance({ seq: 1, attempt: 0, position: 1 }, position, attempts);
        const next = { attempt: lastAttempt(attempts) + 1, start };
        const forked = forkedBy(cursor, [...attempts, next]);
        expect(forked).toBe(start < position ? next.attempt : undefined);
      }),
    );
  });
});
