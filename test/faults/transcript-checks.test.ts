import type { Frame } from '../../src/protocol/frames.js';
import { check } from './checks.js';
import {
  accepted,
  at,
  BYTES,
  broken,
  chunks,
  DISCLAIMER,
  done,
  FOREIGN,
  first,
  OTHER,
  PIECES,
  page,
  position,
  ROW,
  reset,
  SAID,
  second,
  talkWith,
  third,
  told,
  unaware,
  WHOLE,
} from './fixtures.js';

describe('nothing is wrong', () => {
  test.each<[string, readonly Frame[]]>([
    ['when an answer comes in pieces', [accepted(), ...chunks(PIECES), done()]],
    ['when it comes in one', [accepted(), ...chunks([WHOLE]), done()]],
    [
      'when it is told to be lost and comes again',
      [accepted(), ...chunks([first, second]), reset(2), ...chunks(PIECES, { attempt: 2 }), done(WHOLE, 2)],
    ],
    [
      'when another attempt goes on from where the text ends',
      [
        accepted(),
        ...chunks([first, second]),
        ...chunks(PIECES.slice(2), { attempt: 2, from: position }),
        done(WHOLE, 2),
      ],
    ],
  ])('%s', (_, frames) => {
    expect(check(talkWith({ transcripts: [told(...frames)] }))).toEqual([]);
  });

  test('when a client loads the page and goes on from there', () => {
    const rest = [...chunks(PIECES.slice(2), { from: position }), done()];
    const transcript = told(...rest);
    expect(
      check(talkWith({ transcripts: [{ ...transcript, told: [{ ...page, at: 0 }, ...transcript.told] }] })),
    ).toEqual([]);
  });

  test('when what was stopped ends early', () => {
    const content = first + DISCLAIMER;
    const [request] = talkWith().requests;
    const talk = talkWith({
      requests: request ? [{ ...request, stopped: true }] : [],
      transcripts: [told(accepted(), ...chunks([first, DISCLAIMER]), done(content))],
      rows: [{ ...ROW, status: 'stopped', content }],
    });
    expect(check(talk)).toEqual([]);
  });
});

const asIs = PIECES.map((piece) => [piece, piece] as const);

test.each<[string, string, readonly Frame[]]>([
  ['a chunk is dropped', 'I1', [accepted(), ...unaware(asIs).toSpliced(2, 1), done()]],
  [
    'a chunk comes twice',
    'I1',
    [accepted(), ...unaware(asIs).toSpliced(2, 0, ...unaware(asIs).slice(1, 2)), done()],
  ],
  [
    'a chunk comes twice under new cursors',
    'I1',
    [accepted(), ...chunks(PIECES.toSpliced(1, 0, second)), done()],
  ],
  [
    'two chunks change places',
    'I1',
    [accepted(), ...unaware(asIs.with(0, [first, third]).with(2, [third, first])), done()],
  ],
  [
    'two frames change places',
    'I1',
    [
      accepted(),
      ...unaware(asIs)
        .with(1, unaware(asIs)[2] ?? reset(1))
        .with(2, unaware(asIs)[1] ?? reset(1)),
      done(),
    ],
  ],
  [
    'a character is cut in two',
    'I1',
    [accepted(), ...unaware(asIs.with(0, [first, `${first.slice(0, -1)}\uFFFD`])), done()],
  ],
  [
    'an older attempt’s text is spliced in',
    'I1',
    [accepted(), ...chunks([first, second]), ...chunks([first, second], { attempt: 2 }), done(WHOLE, 2)],
  ],
  [
    'text is lost in silence, and comes again',
    'I1',
    [accepted(), ...chunks([first, second]), ...chunks(PIECES, { attempt: 2 }), done(WHOLE, 2)],
  ],
  [
    'text is lost in silence, and does not',
    'I2',
    [accepted(), ...chunks([first, second]), done(first + DISCLAIMER, 2)],
  ],
  [
    'a reset goes back only in part',
    'I4',
    [
      accepted(),
      ...chunks([first, second]),
      { ...at, type: 'reset', cursor: `1.2.${Buffer.byteLength(first)}`, reason: 'restarted' },
      done(WHOLE, 2),
    ],
  ],
  [
    'a reset says that a client joins which is there',
    'I4',
    [
      accepted(),
      ...chunks([first]),
      { ...at, type: 'reset', cursor: '1.1.0', reason: 'joined' },
      ...chunks(PIECES),
      done(),
    ],
  ],
  [
    'another try said it otherwise, and nobody was told',
    'I2',
    [accepted(), ...chunks(PIECES), done(WHOLE.replace(second, second.replace('~1', '~2')))],
  ],
  ['the end does not come', 'I3', [accepted(), ...chunks(PIECES)]],
  ['the end comes twice', 'I1', [accepted(), ...chunks(PIECES), done(), done(WHOLE, 2)]],
  ['the end comes before the text', 'I2', [accepted(), done(), ...chunks(PIECES)]],
  [
    'text comes after the end',
    'I1',
    [accepted(), ...chunks(PIECES), done(), ...chunks(['more'], { attempt: 2, from: BYTES })],
  ],
  [
    'the disclaimer comes twice',
    'I1',
    [accepted(), ...chunks([...PIECES, DISCLAIMER]), done(WHOLE + DISCLAIMER)],
  ],
  ['the disclaimer is missing', 'I2', [accepted(), ...chunks(PIECES.slice(0, -1)), done(SAID)]],
  ['somebody else’s text comes', 'I5', [accepted(), ...chunks([first, FOREIGN])]],
  ['somebody else’s question is announced', 'I5', [accepted(OTHER)]],
  ['an answer comes that was not announced', 'I5', [...chunks(PIECES), done()]],
  ['an answer is announced twice', 'I1', [accepted(), accepted(), ...chunks(PIECES), done()]],
  [
    'an exchange is left out',
    'I1',
    [
      accepted(),
      ...chunks(PIECES),
      done(),
      { ...accepted(), cursor: '3.0.1', messageId: 'another' } as Frame,
    ],
  ],
  [
    'a cursor that was given is refused',
    'I1',
    [
      accepted(),
      ...chunks(PIECES),
      done(),
      { type: 'error', conversationId: '', error: '', code: 'bad_request', retryable: false },
    ],
  ],
  [
    'it is ready elsewhere',
    'I1',
    [accepted(), ...chunks(PIECES), { type: 'ready', conversationId: '', cursor: '1.1.3' }, done()],
  ],
])('it is seen in a transcript when %s: %s', (_, invariant, frames) => {
  expect(broken(talkWith({ transcripts: [told(...frames)] }))).toContain(invariant);
});
