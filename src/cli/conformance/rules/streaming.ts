import type { IncomingMessage } from 'node:http';
import { compareCursors, parseCursor } from '../../../protocol/cursor.js';
import type { Frame } from '../../../protocol/frames.js';
import type { Message } from '../../../protocol/message.js';
import { bearer } from '../../doctor/session.js';
import { type Rule, unless } from '../rule.js';
import { framesOf, streamOf, textIn } from '../subject.js';

export const form: Rule = {
  about: 'events',
  promise: 'events have no name; their id is the frame’s cursor; `retry` comes with the first',
  async check({ stream }) {
    const { events, headers, status } = stream;
    const has = (start: string) => events.some(({ lines }) => lines.some((line) => line.startsWith(start)));
    return unless(
      [status === 200, `the stream is answered with ${status}`],
      [headers['content-type'] === 'text/event-stream', `its type is ${String(headers['content-type'])}`],
      [
        /no-cache.*no-transform/.test(String(headers['cache-control'])),
        'Cache-Control lets proxies change it',
      ],
      [headers['x-accel-buffering'] === 'no', 'X-Accel-Buffering is not `no`'],
      [!has('event:'), 'an event has a name: an EventSource’s onmessage does not see it'],
      [events[0]?.lines.some((line) => line.startsWith('retry:')) ?? false, 'the first event has no `retry`'],
      [
        events.every(({ id, frame }) => id === cursorOf(frame)),
        'the id of an event is not its frame’s cursor',
      ],
    );
  },
};

export const order: Rule = {
  about: 'frames',
  promise: 'an answer is one `accepted`, its chunks, and one `done` with the whole message',
  async check({ stream, sent, conversationId }) {
    const frames = framesOf(stream);
    const ends = frames.filter(({ type }) => type === 'done' || type === 'error');
    const moving = frames.filter((frame) => cursorOf(frame) !== undefined && frame.type !== 'ready');
    return unless(
      [frames.filter(({ type }) => type === 'accepted').length === 1, 'there is not one `accepted`'],
      [moving[0]?.type === 'accepted', '`accepted` is not the first'],
      [frames.some(({ type }) => type === 'chunk'), 'there is no `chunk`'],
      [ends.length === 1, `it ends ${ends.length} times`],
      [moving.at(-1)?.type === 'done', 'it does not end with `done`'],
      [
        frames.every((frame) => frame.conversationId === conversationId),
        'a frame names another conversation',
      ],
      [
        frames.every((frame) => frame.type !== 'chunk' || frame.messageId === sent.message.id),
        'a chunk names another message',
      ],
    );
  },
};

export const cursors: Rule = {
  about: 'cursors',
  promise: 'each frame’s cursor is after the one before, and counts the bytes of the text',
  async check({ stream }) {
    const broken = new Set<string>();
    let last = parseCursor('0.0.0');
    let bytes = 0;
    for (const frame of framesOf(stream)) {
      const text = cursorOf(frame);
      if (text === undefined || frame.type === 'ready') continue;
      const cursor = parseCursor(text);
      if (!cursor || !last) return ['a cursor is not three decimal integers'];
      if (frame.type !== 'reset' && compareCursors(cursor, last) <= 0)
        broken.add(`${text} is not after the cursor before`);
      if (frame.type === 'reset') bytes = 0;
      if (frame.type === 'chunk') bytes += Buffer.byteLength(frame.data);
      if (frame.type === 'chunk' && cursor.position !== bytes)
        broken.add(`after ${bytes} bytes a chunk has ${text}`);
      if (frame.type === 'done' && cursor.position !== bytes + 1)
        broken.add(`after ${bytes} bytes \`done\` has ${text}`);
      last = cursor;
    }
    return [...broken];
  },
};

export const content: Rule = {
  about: 'text',
  promise: 'the chunks, joined, are the content of the message, to the byte',
  async check({ gateway, token, conversationId, stream, sent }) {
    const joined = textIn(framesOf(stream), sent.message.id);
    const path = `/api/conversations/${conversationId}/messages/${sent.message.id}`;
    const { content: stored } = JSON.parse(
      (await gateway.ask(path, { headers: bearer(token) })).body,
    ) as Message;
    const done = framesOf(stream).find(({ type }) => type === 'done');
    return unless(
      [joined === stored, 'the chunks, joined, are not what is stored'],
      [done?.type === 'done' && done.message.content === stored, '`done` has another content'],
    );
  },
};

export const disclaimed: Rule = {
  about: 'disclaimer',
  promise: 'an answer ends with a blank line and the disclaimer, once',
  async check({ gateway, token, conversationId, sent, disclaimer }) {
    const path = `/api/conversations/${conversationId}/messages/${sent.message.id}`;
    const { content: stored } = JSON.parse(
      (await gateway.ask(path, { headers: bearer(token) })).body,
    ) as Message;
    return unless(
      [stored.endsWith(`\n\n${disclaimer}`), 'the answer does not end with the disclaimer'],
      [stored.split(disclaimer).length <= 2, 'the disclaimer comes more than once'],
    );
  },
};

export const resumed: Rule = {
  about: 'resume',
  promise: 'a stream from any cursor brings exactly what follows it',
  async check({ gateway, token, conversationId, stream, sent }) {
    const frames = framesOf(stream);
    const whole = textIn(frames, sent.message.id);
    const broken: string[] = [];
    const chunks = frames.filter(({ type }) => type === 'chunk');
    const places = [chunks[0], chunks[Math.floor(chunks.length / 2)]];
    for (const place of places) {
      if (!place) continue;
      const seen = textIn(frames.slice(0, frames.indexOf(place) + 1), sent.message.id);
      const cursor = cursorOf(place) ?? '';
      const rest = await streamOf(gateway, token, conversationId, `cursor=${cursor}`);
      const joined = seen + textIn(framesOf(rest), sent.message.id);
      if (joined !== whole) broken.push(`after ${cursor} the text does not go on where it was`);
    }
    const { status } = await streamOf(
      gateway,
      token,
      conversationId,
      `cursor=${cursorOf(frames.findLast((frame) => frame.type === 'done')) ?? ''}`,
    );
    if (status !== 204) broken.push(`until=done after the end is answered with ${status}, not 204`);
    return broken;
  },
};

export const impossible: Rule = {
  about: 'bad cursor',
  promise: 'a cursor that the conversation cannot have given is refused: 400',
  async check({ gateway, token, conversationId, stream }) {
    const end = parseCursor(cursorOf(framesOf(stream).findLast((frame) => frame.type === 'done')) ?? '');
    if (!end) return ['the answer has no end'];
    const { seq, attempt, position } = end;
    const bad = [
      'nonsense',
      `${seq}.${attempt}`,
      `${seq}.${attempt}.${position + 1}`,
      `${seq}.${attempt + 1}.0`,
      `${seq + 1}.0.0`,
    ];
    const asked = await Promise.all(
      bad.map(async (cursor) => ({
        cursor,
        ...(await streamOf(gateway, token, conversationId, `cursor=${cursor}`)),
      })),
    );
    return unless(
      ...asked.map(({ cursor, status }) => [status === 400, `${cursor} is answered with ${status}`] as const),
    );
  },
};

export const heartbeat: Rule = {
  about: 'heartbeat',
  promise: 'a silent stream has a comment line every 15 s, without a blank line after it',
  async check({ gateway, token, conversationId, idleMs }) {
    if (idleMs === 0) return { skipped: 'with --idle 20' };
    const path = `/api/conversations/${conversationId}/stream`;
    const response = await gateway.open(path, { headers: { ...bearer(token), Accept: 'text/event-stream' } });
    const said = await readFor(response, idleMs);
    const beat = /^:.*\n/m.exec(said);
    return unless(
      [beat !== null, `nothing came within ${idleMs / 1000} s`],
      [beat === null || said[beat.index + beat[0].length] !== '\n', 'a blank line follows the comment'],
    );
  },
};

/** What comes within `ms`. */
async function readFor(response: IncomingMessage, ms: number): Promise<string> {
  let said = '';
  const timer = setTimeout(() => response.destroy(), ms);
  try {
    for await (const piece of response.setEncoding('utf8')) said += String(piece);
  } catch {
    // Destroyed by the timer.
  }
  clearTimeout(timer);
  return said;
}

function cursorOf(frame: Frame | undefined): string | undefined {
  return frame && 'cursor' in frame ? frame.cursor : undefined;
}
