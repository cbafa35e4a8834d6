import { applyFrame, type ConversationState } from '../../src/client/conversation-state.js';
import type { Page } from '../../src/client/entries.js';
import { applyPage, firstState, isOlder, stateOf } from '../../src/client/message-page.js';
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
function middle(): ConversationState {
  const state = stateOf(page('2.1.3', user(1), answer(1, 'one', true), user(2), answer(2, 'éb')));
  if (!state) throw new Error('the page has no cursor');
  return state;
}

function texts(state: ConversationState): string[] {
  return state.entries.map(({ message }) => message.content);
}

/** The state after frames that all change it. */
function after(state: ConversationState, ...frames: Frame[]): ConversationState {
  return frames.reduce((now, frame) => {
    const result = applyFrame(now, frame);
    if (result.kind !== 'changed') throw new Error(`${frame.type} is ${result.kind}`);
    return result.state;
  }, state);
}

test('frames bring an answer from its accepted to its end, and the next one after it', () => {
  const state = after(
    middle(),
    chunk('2.1.4', 'c'),
    done('2.1.5', answer(2, 'ébc', true)),
    accepted(3),
    chunk('3.1.4', '👍'),
  );
  expect(texts(state)).toEqual(['q1', 'one', 'q2', 'ébc', 'q3', '👍']);
  expect(state).toMatchObject({ isEnded: false, cursor: { seq: 3, attempt: 1, position: 4 } });
});

test.each([
  ['a chunk', chunk('2.1.3', 'b')],
  ['an accepted', accepted(2)],
  ['an end', done('1.1.4', answer(1, 'one', true))],
  ['a ready', READY],
  ['nonsense for a cursor', chunk('2.1', 'x')],
])('%s that brings nothing new changes nothing', (_what, frame) => {
  expect(applyFrame(middle(), frame)).toEqual({ kind: 'ignored' });
});

test.each([
  ['a chunk with a hole before it', chunk('2.1.9', 'c')],
  ['a chunk of an exchange that has not begun', chunk('3.1.1', 'c')],
  ['an end with text missing before it', done('2.1.9', answer(2, 'ébcdefgh', true))],
  ['an exchange before the end of the last', accepted(3)],
  ['an end of an exchange that has not begun', done('3.1.2', answer(3, 'x', true))],
])('%s is a gap', (_what, frame) => {
  expect(applyFrame(middle(), frame)).toEqual({ kind: 'gap' });
});

test('of a chunk that overlaps the text, the new part is added', () => {
  const result = applyFrame(middle(), chunk('2.1.5', 'ébcd'));
  expect(result).toMatchObject({ kind: 'changed', frame: { data: 'cd', cursor: '2.1.5' } });
  if (result.kind === 'changed') expect(texts(result.state).at(-1)).toBe('ébcd');
});

test('a chunk that overlaps is a gap when another attempt wrote it, or when its new part begins inside a character', () => {
  expect(applyFrame(middle(), chunk('2.2.5', 'ébcd'))).toEqual({ kind: 'gap' });
  expect(applyFrame(middle(), chunk('2.1.5', '漢😀'))).toEqual({ kind: 'gap' });
});

test('another attempt may go on where the last one ended', () => {
  expect(texts(after(middle(), chunk('2.2.4', 'c'))).at(-1)).toBe('ébc');
});

test('a reset is obeyed wherever it stands', () => {
  const again = after(middle(), reset('2.2.0'));
  expect(texts(again).at(-1)).toBe('');
  expect(again.cursor).toEqual({ seq: 2, attempt: 2, position: 0 });
  // Back to the answer before: the frames after it come again too.
  const back = after(
    middle(),
    reset('1.2.0'),
    chunk('1.2.3', 'eno'),
    done('1.2.4', answer(1, 'eno', true)),
    accepted(2),
  );
  expect(texts(back)).toEqual(['q1', 'eno', 'q2', '']);
});

test('a reset of an answer that is not shown, or of a later one, needs the page', () => {
  expect(applyFrame(middle(), reset('3.1.0'))).toEqual({ kind: 'lost' });
  const waiting = stateOf(page('2.1.3', user(2), answer(2, 'éb'), user(3), answer(3, '')));
  expect(waiting && applyFrame(waiting, reset('3.1.0'))).toEqual({ kind: 'lost' });
  const begun = stateOf(page('2.1.3', user(2), answer(2, 'éb')));
  expect(begun && applyFrame(begun, reset('1.2.0'))).toEqual({ kind: 'lost' });
});

test('an answer is marked as stopping until its end', () => {
  const stopping = after(middle(), { type: 'stopping', conversationId, messageId: 'a2' });
  expect(stopping.entries.at(-1)?.message.stopping).toBe(true);
  const ended = after(stopping, done('2.1.4', answer(2, 'éb', true)));
  expect(ended.entries.at(-1)?.message.stopping).toBe(false);
  expect(applyFrame(ended, { type: 'stopping', conversationId, messageId: 'a2' })).toEqual({
    kind: 'ignored',
  });
});

test('an alert stands in its answer, is kept when text comes, and moves nothing', () => {
  const alert = { rule: 'stroke@1', severity: 'emergency', text: 'Call.', resources: [] } as const;
  const frame: Frame = { type: 'alert', conversationId, messageId: 'a2', alert };
  const before = middle();
  const alerted = after(before, frame);
  expect(alerted.entries.at(-1)?.message).toMatchObject({ id: 'a2', alert });
  expect(alerted.cursor).toEqual(before.cursor);
  expect(applyFrame(alerted, frame)).toEqual({ kind: 'ignored' });
  expect(applyFrame(before, { ...frame, messageId: 'u2' })).toEqual({ kind: 'ignored' });
  const restarted = after(alerted, reset('2.2.0'), chunk('2.2.1', 'x'));
  expect(restarted.entries.at(-1)?.message).toMatchObject({ content: 'x', alert });
});

test('sources stand in their answer, are kept when text comes, and stay as they first were', () => {
  const sources = [{ id: 's1', title: 'Fever', snippet: 'Rest.' }];
  const frame: Frame = { type: 'sources', conversationId, messageId: 'a2', sources };
  const before = middle();
  const grounded = after(before, frame);
  expect(grounded.cursor).toEqual(before.cursor);
  const written = after(grounded, reset('2.2.0'), chunk('2.2.1', 'x'));
  expect(written.entries.at(-1)?.message).toMatchObject({ id: 'a2', content: 'x', sources });
  expect(applyFrame(grounded, { ...frame, sources: [] })).toEqual({ kind: 'ignored' });
});

test('waiting and thinking are shown until the first text', () => {
  const waiting = stateOf(page('2.0.1', user(2), answer(2, ''), user(3), answer(3, '')));
  if (!waiting) throw new Error('the page has no cursor');
  const sign = (id: string, ahead: number): Frame => ({
    type: 'waiting',
    conversationId,
    messageId: id,
    ahead,
  });
  const thinking: Frame = { type: 'thinking', conversationId, messageId: 'a2' };
  const progress = (state: ConversationState) => state.entries.map(({ message }) => message.progress);

  const queued = after(waiting, sign('a2', 0), sign('a3', 4), sign('a3', 3));
  expect(progress(queued)).toEqual([
    undefined,
    { kind: 'waiting', ahead: 0 },
    undefined,
    { kind: 'waiting', ahead: 3 },
  ]);
  expect(applyFrame(queued, sign('a3', 3))).toEqual({ kind: 'ignored' });
  const begun = after(queued, thinking);
  expect(progress(begun)[1]).toEqual({ kind: 'thinking' });
  expect(applyFrame(begun, thinking)).toEqual({ kind: 'ignored' });
  expect(begun.cursor).toEqual(waiting.cursor);

  const written = after(begun, chunk('2.1.1', 'x'));
  expect('progress' in (written.entries[1]?.message ?? {})).toBe(false);
  expect(applyFrame(written, thinking)).toEqual({ kind: 'ignored' });
  const again = after(written, reset('2.2.0'), thinking);
  expect(progress(again)[1]).toEqual({ kind: 'thinking' });
  expect(progress(after(again, reset('2.3.0')))[1]).toBeUndefined();
  expect(progress(after(begun, done('2.1.1', answer(2, '', true))))[1]).toBeUndefined();
});

test.each([
  ['of a message that is not shown', { type: 'waiting', conversationId, messageId: 'x', ahead: 1 }],
  ['of a user message', { type: 'thinking', conversationId, messageId: 'u2' }],
  ['of a type that this library does not know', { type: 'weather', conversationId, messageId: 'a2' }],
  ['without a type', { conversationId }],
])('a frame %s changes nothing', (_what, frame) => {
  expect(applyFrame(middle(), frame as Frame)).toEqual({ kind: 'ignored' });
});

test('a later page is applied as the frames between', () => {
  const items = [user(1), answer(1, 'one', true), user(2), answer(2, 'ébc', true), user(3), answer(3, 'x')];
  const applied = applyPage(middle(), page('3.1.1', ...items));
  expect(applied?.frames.map(({ type }) => type)).toEqual(['chunk', 'done', 'accepted', 'chunk']);
  expect(applied && texts(applied.state)).toEqual(['q1', 'one', 'q2', 'ébc', 'q3', 'x']);
  expect(applied?.state.cursor).toEqual({ seq: 3, attempt: 1, position: 1 });
});

test('a later page with another text begins with a reset', () => {
  const applied = applyPage(
    middle(),
    page('2.2.2', user(1), answer(1, 'one', true), user(2), answer(2, 'no')),
  );
  expect(applied?.frames.map(({ type }) => type)).toEqual(['reset', 'chunk']);
});

test('a page that begins after the cursor replaces everything', () => {
  const items = [user(8), answer(8, 'eight', true), user(9), answer(9, 'ni')];
  const applied = applyPage(middle(), page('9.1.2', ...items));
  expect(applied && texts(applied.state)).toEqual(['q8', 'eight', 'q9', 'ni']);
  // Whoever joins the frames gets the open answer all the same.
  expect(applied?.frames).toMatchObject([{ type: 'reset' }, { type: 'chunk', data: 'ni', cursor: '9.1.2' }]);
});

test('so does a page that begins with an answer', () => {
  const applied = applyPage(middle(), page('9.1.2', answer(9, 'ni')));
  expect(applied && texts(applied.state)).toEqual(['ni']);
});

test('an exchange that is queued behind the open answer is shown, and its frames come in their turn', () => {
  const items = [user(1), answer(1, 'one', true), user(2), answer(2, 'éb'), user(3), answer(3, '')];
  const applied = applyPage(middle(), page('2.1.3', ...items));
  expect(applied?.frames).toEqual([]);
  expect(applied && texts(applied.state)).toEqual(['q1', 'one', 'q2', 'éb', 'q3', '']);
});

test.each([
  ['its end', '3.1.2', answer(3, 'x', true), ['accepted', 'chunk', 'done']],
  ['a part', '3.1.1', answer(3, 'x'), ['accepted', 'chunk']],
  ['nothing', '3.0.1', answer(3, ''), ['accepted']],
])('the first page has frames of a message that was sent before it came: with %s of its answer', (...row) => {
  const [, cursor, last, types] = row;
  const items = [user(2), answer(2, 'no', true), user(3), last];
  const applied = firstState(page(cursor, ...items), (id) => id === 'k3');
  expect(applied?.frames.map(({ type }) => type)).toEqual(types);
  expect(applied?.state).toEqual(stateOf(page(cursor, ...items)));
  expect(firstState(page(cursor, ...items), () => false)?.frames).toEqual([]);
});

test('of a message that waits behind the open answer, the stream brings the frames', () => {
  const waiting = page('2.1.1', user(2), answer(2, 'n'), user(3), answer(3, ''));
  expect(firstState(waiting, (id) => id === 'k3')?.frames).toEqual([]);
});

test('a page that was asked for before the last frame came is older', () => {
  expect(isOlder(page('2.1.2'), middle())).toBe(true);
  expect(isOlder(page('2.1.3'), middle())).toBe(false);
});
