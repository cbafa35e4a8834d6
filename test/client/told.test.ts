import type { Page } from '../../src/client/entries.js';
import { beginWith, isOlder, takePage } from '../../src/client/page.js';
import { type Told, take } from '../../src/client/told.js';
import type { Frame } from '../../src/protocol/frames.js';
import type { Message } from '../../src/protocol/message.js';

const conversationId = 'c';
const common = { conversationId, attachments: [], createdAt: '2026-01-01T00:00:00.000Z' };

function user(seq: number): Message {
  return {
    ...common,
    id: `u${seq}`,
    role: 'user',
    content: `q${seq}`,
    status: 'complete',
    client_message_id: `k${seq}`,
  };
}

function answer(seq: number, content: string, isEnded = false): Message {
  const status = isEnded ? 'complete' : content === '' ? 'queued' : 'streaming';
  const end = isEnded ? { completedAt: '2026-01-01T00:00:01.000Z' } : {};
  const names = { id: `a${seq}`, replyTo: `u${seq}`, client_message_id: `k${seq}` };
  return { ...common, ...names, role: 'assistant', content, status, ...end };
}

function page(streamCursor: string, ...items: Message[]): Page {
  return { items, nextCursor: null, streamCursor };
}

function accepted(seq: number): Frame {
  const names = { messageId: `a${seq}`, client_message_id: `k${seq}`, userMessage: user(seq) };
  return { type: 'accepted', conversationId, cursor: `${seq}.0.1`, ...names };
}

function chunk(cursor: string, data: string): Frame {
  return { type: 'chunk', conversationId, cursor, messageId: `a${cursor.split('.')[0]}`, data };
}

function reset(cursor: string): Frame {
  const messageId = `a${cursor.split('.')[0]}`;
  return { type: 'reset', conversationId, cursor, messageId, reason: 'restarted' };
}

function done(cursor: string, message: Message): Frame {
  return { type: 'done', conversationId, cursor, messageId: message.id, message };
}

const READY: Frame = { type: 'ready', conversationId, cursor: '9.9.9' };

/** In the middle of the second answer, after `é` and `b`. */
function middle(): Told {
  const told = beginWith(page('2.1.3', user(1), answer(1, 'one', true), user(2), answer(2, 'éb')));
  if (!told) throw new Error('no place');
  return told;
}

function texts(told: Told): string[] {
  return told.entries.map(({ message }) => message.content);
}

/** What is shown after frames that all say something new. */
function after(told: Told, ...frames: Frame[]): Told {
  return frames.reduce((now, frame) => {
    const step = take(now, frame);
    if (step.kind !== 'moved') throw new Error(`${frame.type} is ${step.kind}`);
    return step.told;
  }, told);
}

test('an exchange is told from its beginning to its end, and the next one after it', () => {
  const told = after(
    middle(),
    chunk('2.1.4', 'c'),
    done('2.1.5', answer(2, 'ébc', true)),
    accepted(3),
    chunk('3.1.4', '👍'),
  );
  expect(texts(told)).toEqual(['q1', 'one', 'q2', 'ébc', 'q3', '👍']);
  expect(told).toMatchObject({ ended: false, place: { seq: 3, attempt: 1, position: 4 } });
});

test.each([
  ['a chunk', chunk('2.1.3', 'b')],
  ['an accepted', accepted(2)],
  ['an end', done('1.1.4', answer(1, 'one', true))],
  ['a ready', READY],
  ['nonsense for a cursor', chunk('2.1', 'x')],
])('%s that says nothing new changes nothing', (_what, frame) => {
  expect(take(middle(), frame)).toEqual({ kind: 'seen' });
});

test.each([
  ['a chunk with a hole before it', chunk('2.1.9', 'c')],
  ['a chunk of an exchange that has not begun', chunk('3.1.1', 'c')],
  ['an end with text missing before it', done('2.1.9', answer(2, 'ébcdefgh', true))],
  ['an exchange before the end of the last', accepted(3)],
  ['an end of an exchange that has not begun', done('3.1.2', answer(3, 'x', true))],
])('%s is a gap', (_what, frame) => {
  expect(take(middle(), frame)).toEqual({ kind: 'gap' });
});

test('of a chunk that overlaps, the rest is taken', () => {
  const step = take(middle(), chunk('2.1.5', 'ébcd'));
  expect(step).toMatchObject({ kind: 'moved', frame: { data: 'cd', cursor: '2.1.5' } });
  if (step.kind === 'moved') expect(texts(step.told).at(-1)).toBe('ébcd');
});

test('one that overlaps is a gap when another attempt wrote it, or it begins inside a character', () => {
  expect(take(middle(), chunk('2.2.5', 'ébcd'))).toEqual({ kind: 'gap' });
  expect(take(middle(), chunk('2.1.5', '漢😀'))).toEqual({ kind: 'gap' });
});

test('an attempt that goes on where the last one ended disturbs nothing', () => {
  expect(texts(after(middle(), chunk('2.2.4', 'c'))).at(-1)).toBe('ébc');
});

test('a reset is obeyed wherever it stands', () => {
  const again = after(middle(), reset('2.2.0'));
  expect(texts(again).at(-1)).toBe('');
  expect(again.place).toEqual({ seq: 2, attempt: 2, position: 0 });
  // Back by one exchange; the one after it is told again too.
  const back = after(
    middle(),
    reset('1.2.0'),
    chunk('1.2.3', 'eno'),
    done('1.2.4', answer(1, 'eno', true)),
    accepted(2),
  );
  expect(texts(back)).toEqual(['q1', 'eno', 'q2', '']);
});

test('a reset of what is not shown, or is still to come, wants the page', () => {
  expect(take(middle(), reset('3.1.0'))).toEqual({ kind: 'lost' });
  const waiting = beginWith(page('2.1.3', user(2), answer(2, 'éb'), user(3), answer(3, '')));
  expect(waiting && take(waiting, reset('3.1.0'))).toEqual({ kind: 'lost' });
  const begun = beginWith(page('2.1.3', user(2), answer(2, 'éb')));
  expect(begun && take(begun, reset('1.2.0'))).toEqual({ kind: 'lost' });
});

test('a stop is noted until the end', () => {
  const stopping = after(middle(), { type: 'stopping', conversationId, messageId: 'a2' });
  expect(stopping.entries.at(-1)?.message.stopping).toBe(true);
  const ended = after(stopping, done('2.1.4', answer(2, 'éb', true)));
  expect(ended.entries.at(-1)?.message.stopping).toBe(false);
  expect(take(ended, { type: 'stopping', conversationId, messageId: 'a2' })).toEqual({ kind: 'seen' });
});

test('what is said of a waiting answer is shown until its first text', () => {
  const waiting = beginWith(page('2.0.1', user(2), answer(2, ''), user(3), answer(3, '')));
  if (!waiting) throw new Error('no place');
  const sign = (id: string, ahead: number): Frame => ({
    type: 'waiting',
    conversationId,
    messageId: id,
    ahead,
  });
  const thinking: Frame = { type: 'thinking', conversationId, messageId: 'a2' };
  const progress = (told: Told) => told.entries.map(({ message }) => message.progress);

  const queued = after(waiting, sign('a2', 0), sign('a3', 4), sign('a3', 3));
  expect(progress(queued)).toEqual([
    undefined,
    { kind: 'waiting', ahead: 0 },
    undefined,
    { kind: 'waiting', ahead: 3 },
  ]);
  expect(take(queued, sign('a3', 3))).toEqual({ kind: 'seen' });
  const begun = after(queued, thinking);
  expect(progress(begun)[1]).toEqual({ kind: 'thinking' });
  expect(take(begun, thinking)).toEqual({ kind: 'seen' });
  expect(begun.place).toEqual(waiting.place);

  const written = after(begun, chunk('2.1.1', 'x'));
  expect('progress' in (written.entries[1]?.message ?? {})).toBe(false);
  expect(take(written, thinking)).toEqual({ kind: 'seen' });
  const again = after(written, reset('2.2.0'), thinking);
  expect(progress(again)[1]).toEqual({ kind: 'thinking' });
  expect(progress(after(again, reset('2.3.0')))[1]).toBeUndefined();
  expect(progress(after(begun, done('2.1.1', answer(2, '', true))))[1]).toBeUndefined();
});

test.each([
  ['of a message that is not shown', { type: 'waiting', conversationId, messageId: 'x', ahead: 1 }],
  ['of a user message', { type: 'thinking', conversationId, messageId: 'u2' }],
  ['of a type that this library does not know', { type: 'sources', conversationId, messageId: 'a2' }],
  ['without a type', { conversationId }],
])('a frame %s changes nothing', (_what, frame) => {
  expect(take(middle(), frame as Frame)).toEqual({ kind: 'seen' });
});

test('a later page is told by the frames between', () => {
  const items = [user(1), answer(1, 'one', true), user(2), answer(2, 'ébc', true), user(3), answer(3, 'x')];
  const taken = takePage(middle(), page('3.1.1', ...items));
  expect(taken?.frames.map(({ type }) => type)).toEqual(['chunk', 'done', 'accepted', 'chunk']);
  expect(taken && texts(taken.told)).toEqual(['q1', 'one', 'q2', 'ébc', 'q3', 'x']);
  expect(taken?.told.place).toEqual({ seq: 3, attempt: 1, position: 1 });
});

test('a later page with another text begins with a reset', () => {
  const taken = takePage(middle(), page('2.2.2', user(1), answer(1, 'one', true), user(2), answer(2, 'no')));
  expect(taken?.frames.map(({ type }) => type)).toEqual(['reset', 'chunk']);
});

test('a page that begins after the place takes the place of all', () => {
  const items = [user(8), answer(8, 'eight', true), user(9), answer(9, 'ni')];
  const taken = takePage(middle(), page('9.1.2', ...items));
  expect(taken && texts(taken.told)).toEqual(['q8', 'eight', 'q9', 'ni']);
  // Who joins frames has the open answer all the same.
  expect(taken?.frames).toMatchObject([{ type: 'reset' }, { type: 'chunk', data: 'ni', cursor: '9.1.2' }]);
});

test('so does one that begins with an answer', () => {
  const taken = takePage(middle(), page('9.1.2', answer(9, 'ni')));
  expect(taken && texts(taken.told)).toEqual(['ni']);
});

test('what waits behind the open answer is shown, and told in its turn', () => {
  const items = [user(1), answer(1, 'one', true), user(2), answer(2, 'éb'), user(3), answer(3, '')];
  const taken = takePage(middle(), page('2.1.3', ...items));
  expect(taken?.frames).toEqual([]);
  expect(taken && texts(taken.told)).toEqual(['q1', 'one', 'q2', 'éb', 'q3', '']);
});

test('a page that was asked for before the last frame came is older', () => {
  expect(isOlder(page('2.1.2'), middle())).toBe(true);
  expect(isOlder(page('2.1.3'), middle())).toBe(false);
});
