import { DISCLAIMER as WORDS } from '../../src/generation/disclaimer.js';
import type { Frame } from '../../src/protocol/frames.js';
import type { Message } from '../../src/protocol/message.js';
import { Random } from '../simulation/random.js';
import { check, type Talk } from './checks.js';
import { type Question, questionOf } from './question.js';
import type { Row } from './stored.js';
import type { Heard, Transcript } from './transcript.js';

const STYLE = { tokens: [6, 6], tokensPerSecond: 0 } as const;
const QUESTION = questionOf(1, 1, new Random(1), STYLE);
export const OTHER = questionOf(2, 1, new Random(2), STYLE);
export const DISCLAIMER = `\n\n${WORDS}`;
/** All that the model said, at once. */
export const SAID = saidOf(QUESTION);
export const FOREIGN = saidOf(OTHER);
export const WHOLE = SAID + DISCLAIMER;
export const BYTES = Buffer.byteLength(WHOLE);
/** The answer in pieces, disclaimer last. */
export const PIECES = [...(SAID.match(/\s*\S+/g) ?? []), DISCLAIMER];

function saidOf({ tokens }: Question): string {
  return tokens.map((token) => `${token}~1`).join(' ');
}

export const at = { conversationId: 'the conversation', messageId: 'the answer' };

function message(id: string, content: string, fields: Partial<Message> = {}): Message {
  const { conversationId } = at;
  return {
    id,
    conversationId,
    role: 'assistant',
    content,
    status: 'complete',
    attachments: [],
    createdAt: '',
    ...fields,
  };
}

export function accepted(question: Question = QUESTION): Frame {
  const userMessage = message('the question', question.text, { role: 'user' });
  return { ...at, type: 'accepted', cursor: '1.0.1', userMessage, client_message_id: question.key };
}

/** Chunks whose cursors count their bytes, as a careless server's would not. */
export function chunks(pieces: readonly string[], { attempt = 1, from = 0 } = {}): Frame[] {
  let position = from;
  return pieces.map((data) => {
    position += Buffer.byteLength(data);
    return { ...at, type: 'chunk', cursor: `1.${attempt}.${position}`, data };
  });
}

export function reset(attempt: number): Frame {
  return { ...at, type: 'reset', cursor: `1.${attempt}.0`, reason: 'restarted' };
}

export function done(content = WHOLE, attempt = 1): Frame {
  const cursor = `1.${attempt}.${Buffer.byteLength(content) + 1}`;
  return { ...at, type: 'done', cursor, message: message(at.messageId, content, { completedAt: 'now' }) };
}

const OPENED: Heard = { kind: 'opened', via: 'SSE', from: undefined };

export function told(...frames: readonly Frame[]): Transcript {
  const heard: Heard[] = [OPENED, ...frames.map((frame) => ({ kind: 'frame', frame }) as const)];
  return { client: 'a client', told: heard.map((one, index) => ({ ...one, at: index })) };
}

export const ROW: Row = {
  id: at.messageId,
  seq: 1,
  key: QUESTION.key,
  status: 'complete',
  ended: true,
  content: WHOLE,
  question: QUESTION.text,
  attempts: 1,
  error: null,
};

/** All is well in it, but for what is said otherwise. */
export function talkWith(otherwise: Partial<Talk> = {}): Talk {
  const request = { question: QUESTION, key: QUESTION.key, messageId: at.messageId, stopped: false };
  return {
    number: 1,
    requests: [request],
    transcripts: [told(accepted(), ...chunks(PIECES), done())],
    rows: [ROW],
    logs: new Map([[at.messageId, WHOLE]]),
    noticed: [],
    ...otherwise,
  };
}

export function broken(talk: Talk): Set<string> {
  return new Set(check(talk).map(({ invariant }) => invariant));
}

export const [first = '', second = '', third = ''] = PIECES;
export const position = Buffer.byteLength(first + second);
export const page: Heard = {
  kind: 'page',
  items: [
    message('the question', QUESTION.text, { role: 'user' }),
    message(at.messageId, first + second, { status: 'streaming', client_message_id: QUESTION.key }),
  ],
  cursor: `1.1.${position}`,
};

/** Cursors that a server would send that does not know what it dropped: those of the right text. */
export function unaware(pieces: readonly (readonly [piece: string, told: string])[]): Frame[] {
  let end = 0;
  return pieces.map(([piece, data]) => {
    end += Buffer.byteLength(piece);
    return { ...at, type: 'chunk', cursor: `1.1.${end}`, data };
  });
}
