import { once } from 'node:events';
import { io } from 'socket.io-client';
import type { WhenBusy } from '../../src/conversation/conversation-store.js';
import type { Message } from '../../src/protocol/message.js';
import type { Person } from '../support/client.js';
import { TestSocket } from '../support/socket.js';

/** A message as it goes over any transport. */
export interface Send {
  readonly conversationId: string;
  readonly text: string;
  readonly client_message_id: string;
  readonly whenBusy: WhenBusy;
}

/** What the server said: yes, which is a promise; no; or nothing that could be relied on. */
export type Reply =
  | { kind: 'accepted'; messageId: string; duplicate: boolean; ended?: Message }
  | { kind: 'refused'; code: string }
  | { kind: 'silence' };

export interface SendingTransport {
  readonly name: string;
  /** Never throws. */
  send(person: Person, send: Send): Promise<Reply>;
}

const SILENCE: Reply = { kind: 'silence' };

/** How long a person waits for a reply, in ms. */
const PATIENCE_MS = 10_000;

function rest(name: string, path: string): SendingTransport {
  return {
    name,
    async send(person, { conversationId, ...body }) {
      const url = `${person.url}/api/conversations/${conversationId}/${path}`;
      const response = await fetch(url, {
        method: 'POST',
        headers: { Authorization: `Bearer ${person.token}`, 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      return replyOf(response.status, await response.json());
    },
  };
}

/** What a REST answer says. */
export function replyOf(status: number, body: unknown): Reply {
  const { message, duplicate, code } = body as { message: Message; duplicate: boolean; code?: string };
  if (status === 503 || status === 429) return SILENCE;
  if (status >= 400) return { kind: 'refused', code: `${code} (${status})` };
  const ended = message.completedAt === undefined ? {} : { ended: message };
  return { kind: 'accepted', messageId: message.id, duplicate, ...ended };
}

const webSocket: SendingTransport = {
  name: 'WebSocket',
  async send(person, { conversationId, ...fields }) {
    const socket = new TestSocket(person.url, `/ws/conversations/${conversationId}?token=${person.token}`);
    const late = setTimeout(() => socket.ws.terminate(), PATIENCE_MS);
    try {
      await once(socket.ws, 'open');
      socket.say({ type: 'message', ...fields });
      const isReply = ({ type }: { type: string }): boolean => type === 'receipt' || type === 'error';
      for (;;) {
        const reply = socket.frames.find(isReply);
        if (reply?.type === 'receipt') {
          return { kind: 'accepted', messageId: reply.messageId, duplicate: reply.duplicate };
        }
        if (reply?.type === 'error' && reply.messageId === undefined) {
          return reply.retryable ? SILENCE : { kind: 'refused', code: reply.code };
        }
        await socket.nextFrame();
      }
    } finally {
      clearTimeout(late);
      await socket.close();
    }
  },
};

const socketIo: SendingTransport = {
  name: 'Socket.IO',
  async send(person, send) {
    const auth = { token: person.token };
    const socket = io(person.url, { auth, transports: ['websocket'], forceNew: true, reconnection: false });
    try {
      const answer = (await socket.timeout(PATIENCE_MS).emitWithAck('message', send)) as Acknowledged;
      if (answer.ok) return { kind: 'accepted', messageId: answer.messageId, duplicate: answer.duplicate };
      const { status, code } = answer.error;
      return status === 503 || status === 429 ? SILENCE : { kind: 'refused', code: `${code} (${status})` };
    } finally {
      socket.disconnect();
    }
  },
};

type Acknowledged =
  | { ok: true; messageId: string; duplicate: boolean }
  | { ok: false; error: { status: number; code: string } };

/** A connection that breaks says nothing of what became of the message. */
function unbroken(transport: SendingTransport): SendingTransport {
  return { name: transport.name, send: (person, send) => transport.send(person, send).catch(() => SILENCE) };
}

/** Every way to send; a waiting chat waits for the end. */
export const SENDING_TRANSPORTS: readonly SendingTransport[] = [
  rest('POST', 'messages'),
  rest('waiting chat', 'messages/chat'),
  webSocket,
  socketIo,
].map(unbroken);
