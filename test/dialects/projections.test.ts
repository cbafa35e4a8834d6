import { uiMessageChunkSchema } from 'ai';
import * as fc from 'fast-check';
import { RunEvents } from '../../src/dialects/ag-ui/run-events.js';
import { UiMessageStream } from '../../src/dialects/ai-sdk/ui-message-stream.js';
import { ChatCompletionStream } from '../../src/dialects/openai/chat-completion.js';
import type { ResponseFields } from '../../src/dialects/openai/response-object.js';
import { ResponseStream } from '../../src/dialects/openai/response-stream.js';
import { placeOf } from '../../src/dialects/openai/sequence.js';
import type { Projection } from '../../src/dialects/projection.js';
import { formatCursor } from '../../src/protocol/cursor.js';
import type { Frame } from '../../src/protocol/frames.js';
import type { Message } from '../../src/protocol/message.js';

const MESSAGE: Message = {
  id: '018f6f2e-0000-7000-8000-000000000001',
  conversationId: '018f6f2e-0000-7000-8000-000000000002',
  role: 'assistant',
  content: '',
  status: 'queued',
  attachments: [],
  createdAt: '2026-11-28T10:00:00.000Z',
};
const AT = { conversationId: MESSAGE.conversationId, messageId: MESSAGE.id };

/** What one attempt writes, in pieces; whether it continues the text before it, or begins anew. */
interface Attempt {
  readonly pieces: readonly string[];
  readonly continues: boolean;
}

/** Frames as a reader gets them who is there from the start, and the text that they end with. */
function framesOf(attempts: readonly Attempt[]): { frames: Frame[]; text: string } {
  const frames: Frame[] = [];
  let text = '';
  attempts.forEach(({ pieces, continues }, index) => {
    const attempt = index + 1;
    const cursor = () => formatCursor({ seq: 1, attempt, position: Buffer.byteLength(text) });
    if (!continues && text !== '') {
      text = '';
      frames.push({ type: 'reset', ...AT, cursor: cursor(), reason: 'restarted' });
    }
    for (const data of pieces) {
      text += data;
      frames.push({ type: 'chunk', ...AT, cursor: cursor(), data });
    }
  });
  const end = { seq: 1, attempt: attempts.length, position: Buffer.byteLength(text) + 1 };
  const message: Message = { ...MESSAGE, content: text, status: 'complete', completedAt: MESSAGE.createdAt };
  frames.push({ type: 'done', ...AT, cursor: formatCursor(end), message });
  return { frames, text };
}

const history = fc.array(
  fc.record({
    pieces: fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }), { maxLength: 6 }),
    continues: fc.boolean(),
  }),
  { minLength: 1, maxLength: 4 },
);

interface Event {
  readonly type: string;
  readonly delta?: string;
  readonly sequence_number?: number;
}

interface Completion {
  readonly type: string;
  readonly choices?: readonly { readonly delta: { readonly content?: string } }[];
  readonly error?: object;
}

function eventsOf(projection: Projection, frames: readonly Frame[]): Event[] {
  const taken = frames.flatMap((frame) => projection.take(frame));
  return [...projection.opening(), ...taken] as Event[];
}

/** Joins what clients join, and drops what they drop. */
function textOf(events: readonly Event[], before = ''): string {
  return events.reduce((text, { type, delta = '' }) => {
    const drops = ['response.output_item.added', 'reset-step', 'MESSAGES_SNAPSHOT'].includes(type);
    return drops ? '' : text + delta;
  }, before);
}

const FIELDS: ResponseFields = {
  model: 'a model',
  background: true,
  store: true,
  instructions: null,
  metadata: {},
  previous_response_id: null,
  conversation: null,
};

const response = (after: number) => new ResponseStream({ message: MESSAGE, fields: FIELDS, after });

test('joined, the events of each protocol are the text', () => {
  fc.assert(
    fc.property(history, (attempts) => {
      const { frames, text } = framesOf(attempts);
      const run = new RunEvents({ threadId: 't', runId: 'r', messages: [] }, MESSAGE.id);
      for (const projection of [new UiMessageStream({ ...AT, seq: 1 }, true), response(-1), run]) {
        expect(textOf(eventsOf(projection, frames))).toBe(text);
      }
    }),
  );
});

test('a number grows with every event, and what comes after it is the rest', () => {
  fc.assert(
    fc.property(history, fc.nat(), (attempts, at) => {
      const { frames, text } = framesOf(attempts);
      const events = eventsOf(response(-1), frames);
      const numbers = events.map(({ sequence_number = -1 }) => sequence_number);
      expect(numbers).toEqual([...new Set(numbers)].toSorted((one, other) => one - other));

      // A client that was cut after this event, and resumes where the number says.
      const cut = at % events.length;
      const after = numbers[cut] ?? -1;
      const place = placeOf(after);
      const isLater = (frame: Frame): boolean => {
        if (!('cursor' in frame) || frame.cursor === undefined) return false;
        const [, attempt = 0, position = 0] = frame.cursor.split('.').map(Number);
        return attempt > place.attempt || (attempt === place.attempt && position > place.position);
      };
      const rest = eventsOf(
        response(after),
        frames.filter((frame) => isLater(frame) || frame.type === 'done'),
      );
      expect(textOf(rest, textOf(events.slice(0, cut + 1)))).toBe(text);
      expect(rest.at(-1)?.sequence_number ?? after).toBe(numbers.at(-1));
    }),
  );
});

test('streamed chat completions are the text, or end with an error where it is begun anew', () => {
  fc.assert(
    fc.property(history, (attempts) => {
      const { frames, text } = framesOf(attempts);
      const chunks = new ChatCompletionStream({ message: MESSAGE, model: 'a model', includeUsage: false });
      const events = eventsOf(chunks, frames) as Completion[];
      const failed = events.findIndex(({ error }) => error !== undefined);
      expect(failed === -1).toBe(!frames.some(({ type }) => type === 'reset'));
      expect(chunks.closing()).toEqual(failed === -1 ? ['[DONE]'] : []);
      const joined = events.map(({ choices }) => choices?.[0]?.delta.content ?? '').join('');
      if (failed === -1) expect(joined).toBe(text);
      else expect(failed).toBe(events.length - 1);
    }),
  );
});

test('a client that does not know how to drop text is broken off, and no sooner than it has some', async () => {
  const { validate } = uiMessageChunkSchema();
  await fc.assert(
    fc.asyncProperty(history, async (attempts) => {
      const { frames } = framesOf(attempts);
      const projection = new UiMessageStream({ ...AT, seq: 1 }, false);
      const told = [...projection.opening()];
      const reset = frames.findIndex(({ type }) => type === 'reset');
      for (const [index, frame] of frames.entries()) {
        const chunks = projection.take(frame);
        expect(chunks === 'break').toBe(index === reset);
        if (chunks === 'break') break;
        told.push(...chunks);
      }
      for (const chunk of told) expect(await validate?.(chunk)).toMatchObject({ success: true });
    }),
    { numRuns: 30 },
  );
});

test('what was heard in the voice message of the question is told, and in another one is not', () => {
  const question: Message = { ...MESSAGE, id: '018f6f2e-0000-7000-8000-000000000003', role: 'user' };
  const { conversationId } = AT;
  const heard = (messageId: string): Frame => ({
    type: 'transcript',
    conversationId,
    messageId,
    attachmentId: 'a',
    text: 'It hurts.',
  });
  const accepted: Frame = {
    type: 'accepted',
    ...AT,
    cursor: '1.0.0',
    userMessage: question,
    client_message_id: 'key',
  };
  const frames = [heard(question.id), accepted, heard(question.id), heard(MESSAGE.id)];
  const value = { attachmentId: 'a', text: 'It hurts.' };
  const run = new RunEvents({ threadId: 't', runId: 'r', messages: [] }, MESSAGE.id);
  const told = [{ type: 'CUSTOM', name: 'transcript', value }];
  expect(frames.map((frame) => run.take(frame))).toEqual([[], [], told, []]);
  const chat = new UiMessageStream({ ...AT, seq: 1 }, true);
  const part = [{ type: 'data-transcript', data: value }];
  expect(frames.map((frame) => chat.take(frame))).toEqual([[], [], part, []]);
});

test('a client of the AI SDK that drops its running step gets alert and sources again', () => {
  const chat = new UiMessageStream({ ...AT, seq: 1 }, true);
  const alert = { rule: 'stroke@1', severity: 'emergency', text: 'Call.', resources: [] } as const;
  const sources = [{ id: 's1', title: 'Fever', snippet: 'Rest.' }];
  const frames: Frame[] = [
    { type: 'alert', ...AT, alert },
    { type: 'sources', ...AT, sources },
    { type: 'sources', ...AT, sources },
  ];
  const given = frames.flatMap((frame) => chat.take(frame) as { type: string }[]);
  expect(given.map(({ type }) => type)).toEqual(['data-alert', 'source-document', 'data-sources']);
  chat.take({ type: 'chunk', ...AT, cursor: '1.1.1', data: 'x' });
  const anew = chat.take({ type: 'reset', ...AT, cursor: '1.2.0', reason: 'restarted' });
  expect(anew).toEqual([{ type: 'reset-step' }, ...given]);
});
