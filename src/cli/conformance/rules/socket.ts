import type { Frame } from '../../../protocol/frames.js';
import type { Gateway } from '../../doctor/gateway.js';
import { bearer } from '../../doctor/session.js';
import { type MessageSocket, openWebSocket } from '../../doctor/web-socket.js';
import { type Rule, unless } from '../rule.js';
import { framesOf, textIn } from '../subject.js';

/** How long the reply to a frame may take, in ms. */
const REPLY_MS = 10_000;

export const closing: Rule = {
  about: 'closing',
  promise: 'a WebSocket is refused by its close code: 4001 without a token, 4003 for what is not there',
  async check({ gateway, token, conversationId, other }) {
    const missing = '/ws/conversations/00000000-0000-7000-8000-000000000000';
    const nobody = await closeCode(gateway, `/ws/conversations/${conversationId}`, {});
    const nothing = await closeCode(gateway, missing, bearer(token));
    const theirs =
      other && (await closeCode(gateway, `/ws/conversations/${other.conversationId}`, bearer(token)));
    return unless(
      [nobody === 4001, `without a token it closes with ${nobody}`],
      [nothing === 4003, `a conversation that is not there closes with ${nothing}`],
      [theirs === undefined || theirs === 4003, `another user’s conversation closes with ${theirs}`],
    );
  },
};

export const reset: Rule = {
  about: 'reset',
  promise: 'a resume at an answer without `received` brings a `reset` and the whole text',
  async check({ gateway, token, conversationId, sent, stream }) {
    return withSocket(gateway, conversationId, token, async (socket) => {
      const frames = await framesAfter(socket, { type: 'resume', lastMessageId: sent.message.id }, 'done');
      const whole = textIn(framesOf(stream), sent.message.id);
      return unless(
        [frames.some(({ type }) => type === 'reset'), 'there is no `reset` before the text'],
        [textIn(frames, sent.message.id) === whole, 'the text that follows is not the answer’s'],
      );
    });
  },
};

export const replies: Rule = {
  about: 'replies',
  promise: 'a ping is answered; what cannot be understood gets an `error` frame and the connection lives',
  async check({ gateway, token, conversationId }) {
    return withSocket(gateway, conversationId, token, async (socket) => {
      const refused = await framesAfter(socket, 'no JSON', 'error');
      const cursor = await framesAfter(socket, { type: 'resume', cursor: '9999.1.1' }, 'error');
      const pong = await framesAfter(socket, { type: 'ping' }, 'pong');
      const isBadRequest = (frame: Frame | undefined) =>
        frame?.type === 'error' && frame.code === 'bad_request';
      return unless(
        [isBadRequest(refused.at(-1)), 'what is no JSON is not refused as bad_request'],
        [isBadRequest(cursor.at(-1)), 'a cursor that is still to come is not refused as bad_request'],
        [pong.at(-1)?.type === 'pong', 'a ping is not answered'],
      );
    });
  },
};

async function withSocket(
  gateway: Gateway,
  conversationId: string,
  token: string,
  look: (socket: MessageSocket) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const opened = await openWebSocket(gateway, `/ws/conversations/${conversationId}`, bearer(token));
  if (opened.kind !== 'open') return [`the WebSocket does not open (${opened.kind})`];
  try {
    return await look(opened.socket);
  } finally {
    opened.socket.end();
  }
}

/** Sends, and collects frames up to one of this type, or until nothing comes. */
async function framesAfter(
  socket: MessageSocket,
  said: object | string,
  until: Frame['type'],
): Promise<Frame[]> {
  socket.ws.send(typeof said === 'string' ? said : JSON.stringify(said));
  const frames: Frame[] = [];
  for (let line = await socket.next(REPLY_MS); line !== undefined; line = await socket.next(REPLY_MS)) {
    const frame = JSON.parse(line) as Frame;
    frames.push(frame);
    if (frame.type === until) break;
  }
  return frames;
}

/** With what the server closes; undefined when it does not. */
async function closeCode(
  gateway: Gateway,
  path: string,
  headers: Record<string, string>,
): Promise<number | undefined> {
  const opened = await openWebSocket(gateway, path, headers);
  if (opened.kind !== 'open') return undefined;
  const late = setTimeout(() => opened.socket.end(), REPLY_MS);
  const { code } = await opened.socket.closed;
  clearTimeout(late);
  return code;
}
