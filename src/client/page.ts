import type { Frame } from '../protocol/frames.js';
import type { Message } from '../protocol/message.js';
import type { StoredMessage } from './api.js';
import { type Cursor, formatCursor, isAfter, parseCursor, textPosition } from './cursor.js';
import { answerOf, type Entries, type Entry, isEnded, numbered, type Page, withEntry } from './entries.js';
import { type Told, take } from './told.js';
import { byteLength } from './utf8.js';

/** What came of a page of messages: the frames that would have told the same. */
export interface Taken {
  readonly told: Told;
  readonly frames: readonly Frame[];
}

/** The newest page, as the beginning of all that is shown. Undefined for one that says no place. */
export function beginWith(page: Page): Told | undefined {
  const place = parseCursor(page.streamCursor);
  if (!place) return undefined;
  const { items, nextCursor: earlier } = page;
  const answers = items.filter(({ role }) => role === 'assistant');
  const open = answers.findIndex((answer) => !isEnded(answer));
  const behind = open === -1 ? 1 : answers.length - open;
  const ended = open === -1 && answers.length > 0;
  return { place, ended, entries: numbered(items, place.seq + behind), earlier };
}

/** Takes in a newer state of what is shown, by the frames between the two where there are such. */
export function takePage(told: Told, page: Page): Taken | undefined {
  const newer = beginWith(page);
  if (!newer) return undefined;
  return follow(told, newer) ?? replace(told, newer);
}

/** Whether the page knows less than what is shown: it was asked for before the last frame came. */
export function isOlder(page: Page, told: Told): boolean {
  const place = parseCursor(page.streamCursor);
  return place !== undefined && isAfter(told.place, place);
}

function follow(told: Told, newer: Told): Taken | undefined {
  const frames: Frame[] = [];
  let now = told;
  for (const entry of newer.entries) {
    if (!isNew(entry, told, newer)) continue;
    for (const frame of framesOf(entry, now, newer)) {
      const step = take(now, frame);
      if (step.kind === 'gap' || step.kind === 'lost') return undefined;
      if (step.kind !== 'moved') continue;
      now = step.told;
      frames.push(step.frame);
    }
  }
  // Not reached when the page begins after the place.
  if (now.place.seq !== newer.place.seq || now.ended !== newer.ended) return undefined;
  const waiting = newer.entries.filter(({ seq }) => seq > newer.place.seq);
  return { told: { ...now, place: newer.place, entries: waiting.reduce(withEntry, now.entries) }, frames };
}

function isNew({ seq, message }: Entry, { place, ended }: Told, newer: Told): boolean {
  const isTold = seq < place.seq || (seq === place.seq && ended);
  return message.role === 'assistant' && !isTold && seq <= newer.place.seq;
}

/** The frames that would have told an answer from where `now` stands to its state in the page. */
function* framesOf({ seq, message }: Entry, now: Told, newer: Told): Generator<Frame> {
  const { conversationId, id: messageId, content } = message;
  const last = newer.place.seq === seq ? newer.place.attempt : 0;
  const attempt = Math.max(last, now.place.seq === seq ? now.place.attempt : 0);
  const at = (position: number): string => formatCursor({ seq, attempt: attempt || 1, position });

  const isAccepted = now.place.seq === seq && (now.place.attempt > 0 || now.place.position > 0);
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
  return {
    type: 'error',
    conversationId,
    cursor,
    messageId,
    message,
    code,
    error: error.message,
    retryable: true,
  };
}

function messageOf(entries: Entries, id: string | undefined): Message | undefined {
  return entries.find(({ message }) => message.id === id)?.message;
}

/** Too much has happened: only the newest page is shown. Whoever joins frames begins the open answer anew. */
function replace(told: Told, newer: Told): Taken {
  const stopping = new Set(
    told.entries.filter(({ message }) => message.stopping).map(({ message }) => message.id),
  );
  const entries = newer.entries.map((entry) =>
    stopping.has(entry.message.id) && !isEnded(entry.message)
      ? { ...entry, message: { ...entry.message, stopping: true } }
      : entry,
  );
  return { told: { ...newer, entries }, frames: newer.ended ? [] : fromTheStart(newer) };
}

function fromTheStart({ entries, place }: Told): Frame[] {
  const answer = answerOf(entries, place.seq)?.message;
  if (!answer || textPosition(place) === 0) return [];
  const { conversationId, id: messageId, content: data } = answer;
  const start: Cursor = { ...place, position: 0 };
  return [
    { type: 'reset', conversationId, cursor: formatCursor(start), messageId, reason: 'restarted' },
    { type: 'chunk', conversationId, cursor: formatCursor(place), messageId, data },
  ];
}
