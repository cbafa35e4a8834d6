import { beforeAccepted, type Cursor, formatCursor, parseCursor, textPosition } from '../protocol/cursor.js';
import { isRetryable } from '../protocol/error-codes.js';
import type { Frame } from '../protocol/frames.js';
import type { Message } from '../protocol/message.js';
import type { StoredMessage } from './api.js';
import { applyFrame, type ConversationState, isAfter } from './conversation-state.js';
import { answerOf, type Entries, type Entry, isEnded, numbered, type Page, withEntry } from './entries.js';
import { byteLength } from './utf8.js';

export interface AppliedPage {
  readonly state: ConversationState;
  /** What a stream would have sent to get there. */
  readonly frames: readonly Frame[];
}

/** The state that the newest page of messages gives. Undefined for a page without a valid cursor. */
export function stateOf(page: Page): ConversationState | undefined {
  const cursor = parseCursor(page.streamCursor);
  if (!cursor) return undefined;
  const { items, nextCursor: earlierPage } = page;
  const answers = items.filter(({ role }) => role === 'assistant');
  const open = answers.findIndex((answer) => !isEnded(answer));
  const behind = open === -1 ? 1 : answers.length - open;
  const isOver = open === -1 && answers.length > 0;
  return { cursor, isEnded: isOver, entries: numbered(items, cursor.seq + behind), earlierPage };
}

/**
 * The first page of a conversation. A message that this client has sent before the page came may be answered in it, in part
 * or to its end: the frames from its `accepted` on are made up for, or a program that reads frames would wait for an end that
 * never comes. `isOwn` says of a `client_message_id` whether this client has sent it.
 */
export function firstState(page: Page, isOwn: (clientMessageId: string) => boolean): AppliedPage | undefined {
  const state = stateOf(page);
  const own = state?.entries.find(
    ({ seq, message: { role, client_message_id: id } }) =>
      role === 'assistant' && seq <= state.cursor.seq && id !== undefined && isOwn(id),
  );
  if (!state || !own) return state && { state, frames: [] };
  const entries = state.entries.filter(({ seq }) => seq < own.seq);
  const before = { ...state, cursor: beforeAccepted(own.seq), isEnded: false, entries };
  return { state, frames: applyFramesBetween(before, state)?.frames ?? [] };
}

/** Brings the state up to the page, by the frames between the two if there are such, else by replacing it. */
export function applyPage(state: ConversationState, page: Page): AppliedPage | undefined {
  const newer = stateOf(page);
  if (!newer) return undefined;
  return applyFramesBetween(state, newer) ?? replace(state, newer);
}

/** Whether the page knows less than the state: it was asked for before the last frame came. */
export function isOlder(page: Page, state: ConversationState): boolean {
  const cursor = parseCursor(page.streamCursor);
  return cursor !== undefined && isAfter(state.cursor, cursor);
}

function applyFramesBetween(state: ConversationState, newer: ConversationState): AppliedPage | undefined {
  const frames: Frame[] = [];
  let now = state;
  for (const entry of newer.entries) {
    if (!isNew(entry, state, newer)) continue;
    for (const frame of framesOf(entry, now, newer)) {
      const result = applyFrame(now, frame);
      if (result.kind === 'gap' || result.kind === 'lost') return undefined;
      if (result.kind !== 'changed') continue;
      now = result.state;
      frames.push(result.frame);
    }
  }
  // Not reached when the page begins after the state's cursor.
  if (now.cursor.seq !== newer.cursor.seq || now.isEnded !== newer.isEnded) return undefined;
  const queued = newer.entries.filter(({ seq }) => seq > newer.cursor.seq);
  const entries = queued.reduce(withEntry, now.entries);
  return { state: { ...now, cursor: newer.cursor, entries }, frames };
}

function isNew({ seq, message }: Entry, state: ConversationState, newer: ConversationState): boolean {
  const { cursor } = state;
  const isKnown = seq < cursor.seq || (seq === cursor.seq && state.isEnded);
  return message.role === 'assistant' && !isKnown && seq <= newer.cursor.seq;
}

/** The frames that lead from the answer in `now` to the answer in the page. */
function* framesOf(
  { seq, message }: Entry,
  now: ConversationState,
  newer: ConversationState,
): Generator<Frame> {
  const { conversationId, id: messageId, content } = message;
  const pageAttempt = newer.cursor.seq === seq ? newer.cursor.attempt : 0;
  const attempt = Math.max(pageAttempt, now.cursor.seq === seq ? now.cursor.attempt : 0);
  const at = (position: number): string => formatCursor({ seq, attempt: attempt || 1, position });

  const isAccepted = now.cursor.seq === seq && (now.cursor.attempt > 0 || now.cursor.position > 0);
  if (!isAccepted) {
    const userMessage = messageOf(newer.entries, message.replyTo) ?? messageOf(now.entries, message.replyTo);
    if (!userMessage) return;
    const cursor = formatCursor({ seq, attempt: 0, position: 1 });
    const client_message_id = message.client_message_id ?? '';
    yield { type: 'accepted', conversationId, cursor, userMessage, messageId, client_message_id };
  }
  let shown = isAccepted ? (answerOf(now.entries, seq)?.message.content ?? '') : '';
  if (!content.startsWith(shown)) {
    yield { type: 'reset', conversationId, cursor: at(0), messageId, reason: 'restarted' };
    shown = '';
  }
  const bytes = byteLength(content);
  const data = content.slice(shown.length);
  if (data !== '') yield { type: 'chunk', conversationId, cursor: at(bytes), messageId, data };
  if (isEnded(message)) yield endFrame(message, at(bytes + 1));
}

function endFrame({ stopping: _stopping, ...message }: StoredMessage, cursor: string): Frame {
  const { conversationId, id: messageId, error } = message;
  if (!error) return { type: 'done', conversationId, cursor, messageId, message };
  const { code } = error;
  const retryable = isRetryable(code);
  return { type: 'error', conversationId, cursor, messageId, message, code, error: error.message, retryable };
}

function messageOf(entries: Entries, id: string | undefined): Message | undefined {
  return entries.find(({ message }) => message.id === id)?.message;
}

/** So much was missed that only the newest page is shown. Whoever joins the frames gets the open answer from its start. */
function replace(state: ConversationState, newer: ConversationState): AppliedPage {
  const stopping = new Set(
    state.entries.filter(({ message }) => message.stopping).map(({ message }) => message.id),
  );
  const entries = newer.entries.map((entry) =>
    stopping.has(entry.message.id) && !isEnded(entry.message)
      ? { ...entry, message: { ...entry.message, stopping: true } }
      : entry,
  );
  return { state: { ...newer, entries }, frames: newer.isEnded ? [] : openAnswerFromStart(newer) };
}

function openAnswerFromStart({ entries, cursor }: ConversationState): Frame[] {
  const answer = answerOf(entries, cursor.seq)?.message;
  if (!answer || textPosition(cursor) === 0) return [];
  const { conversationId, id: messageId, content: data } = answer;
  const start: Cursor = { ...cursor, position: 0 };
  return [
    { type: 'reset', conversationId, cursor: formatCursor(start), messageId, reason: 'restarted' },
    { type: 'chunk', conversationId, cursor: formatCursor(cursor), messageId, data },
  ];
}
