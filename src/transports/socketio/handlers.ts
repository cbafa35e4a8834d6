import { idFrom } from '../../conversation/ids.js';
import type { MessageService, SendResult } from '../../conversation/message-service.js';
import { resumption } from '../../conversation/resume.js';
import type { StartPorts } from '../../conversation/start.js';
import { AppError } from '../../kernel/errors.js';
import { formatCursor } from '../../protocol/cursor.js';
import {
  joinEvent,
  leaveEvent,
  messageEvent,
  regenerateEvent,
  stopEvent,
} from '../../schemas/client-events.js';
import { parse } from '../../schemas/validate.js';
import type { Connection } from './connection.js';

export interface HandlerPorts {
  readonly messages: MessageService;
  readonly start: StartPorts;
}

/** Who asks, and over which connection. */
export interface Caller {
  readonly userId: string;
  readonly connection: Connection;
}

/** Tells the client that it is done, and what came of it. */
export type Reply = (fields: object) => void;

type Request = (ports: HandlerPorts, asker: Caller, payload: unknown, reply: Reply) => Promise<void>;

/** What a client may ask for (docs/protocol.md, "Socket.IO"): the events by name. */
const REQUESTS: Readonly<Record<string, Request>> = {
  join,
  resume: join,
  leave: async (_ports, { connection }, payload, reply) => {
    connection.leave(idFrom(parse(leaveEvent, payload).conversationId));
    reply({});
  },
  message: async ({ messages }, { userId }, payload, reply) => {
    const { conversationId, text, whenBusy, client_message_id } = parse(messageEvent, payload);
    const send = { text, whenBusy, clientMessageId: client_message_id };
    reply(receipt(await messages.send(userId, idFrom(conversationId), send)));
  },
  stop: async ({ messages }, { userId }, payload, reply) => {
    const { conversationId, messageId } = parse(stopEvent, payload);
    const stopped = messageId === undefined ? undefined : idFrom(messageId);
    const { message } = await messages.stop(userId, idFrom(conversationId), stopped);
    reply({ message });
  },
  regenerate: async ({ messages }, { userId }, payload, reply) => {
    const { conversationId, messageId, client_message_id } = parse(regenerateEvent, payload);
    const id = idFrom(conversationId);
    reply(receipt(await messages.regenerate(userId, id, idFrom(messageId), client_message_id)));
  },
};

/** @throws AppError that is the client's answer instead. */
export async function handleEvent(
  name: unknown,
  ports: HandlerPorts,
  asker: Caller,
  payload: unknown,
  reply: Reply,
): Promise<void> {
  const known = typeof name === 'string' && Object.hasOwn(REQUESTS, name) ? REQUESTS[name] : undefined;
  if (!known)
    throw new AppError('bad_request', `there is no such event: ${Object.keys(REQUESTS).join(', ')}`);
  await known(ports, asker, payload, reply);
}

async function join(
  { start }: HandlerPorts,
  { userId, connection }: Caller,
  payload: unknown,
  reply: Reply,
): Promise<void> {
  const { conversationId, ...place } = parse(joinEvent, payload);
  const id = idFrom(conversationId);
  const beginning = await resumption(start, userId, id, place);
  // Before the frames: the client must know where they begin.
  reply({ cursor: formatCursor(beginning.start.cursor) });
  connection.join(id, beginning.start);
}

function receipt({ userMessage, ref, duplicate }: SendResult): object {
  return { userMessage, messageId: ref.messageId, duplicate };
}
