import type { Principal } from '../../account/principal.js';
import { idFrom } from '../../conversation/ids.js';
import type { SendResult } from '../../conversation/message-service.js';
import { resolveStart, type StartPorts } from '../../conversation/start.js';
import type { Commands } from '../../gateway/commands.js';
import { AppError } from '../../kernel/errors.js';
import { formatCursor } from '../../protocol/cursor.js';
import { conversationEvent, joinEvent, leaveEvent, stopEvent } from '../../schemas/client-events.js';
import { parse } from '../../schemas/validate.js';
import type { JoinedRooms } from './joined-rooms.js';

export interface HandlerPorts {
  readonly commands: Commands;
  readonly start: StartPorts;
}

/** Who sends an event, and over which socket. */
export interface Caller {
  readonly principal: Principal;
  readonly rooms: JoinedRooms;
}

/** Acknowledges the event with these fields. */
export type Reply = (fields: object) => void;

type Handler = (ports: HandlerPorts, caller: Caller, payload: unknown, reply: Reply) => Promise<void>;

/** The events that a client may send, by name (docs/protocol.md, "Socket.IO"). */
const HANDLERS: Readonly<Record<string, Handler>> = {
  join,
  resume: join,
  leave: async (_ports, { rooms }, payload, reply) => {
    rooms.leave(idFrom(parse(leaveEvent, payload).conversationId));
    reply({});
  },
  message: async ({ commands }, { principal }, payload, reply) => {
    const { conversationId, ...fields } = parse(conversationEvent, payload);
    reply(receipt(await commands.send(principal, conversationId, fields)));
  },
  stop: async ({ commands }, { principal }, payload, reply) => {
    const { conversationId, messageId } = parse(stopEvent, payload);
    const { message } = await commands.stop(principal, conversationId, messageId);
    reply({ message });
  },
  regenerate: async ({ commands }, { principal }, payload, reply) => {
    const { conversationId, messageId, ...fields } = parse(conversationEvent, payload);
    reply(receipt(await commands.regenerate(principal, conversationId, messageId, fields)));
  },
};

/** Handles one event. @throws AppError that is the acknowledgement instead. */
export async function handleEvent(
  name: unknown,
  ports: HandlerPorts,
  caller: Caller,
  payload: unknown,
  reply: Reply,
): Promise<void> {
  const handler = typeof name === 'string' && Object.hasOwn(HANDLERS, name) ? HANDLERS[name] : undefined;
  if (!handler) {
    throw new AppError('bad_request', `there is no such event: ${Object.keys(HANDLERS).join(', ')}`);
  }
  await handler(ports, caller, payload, reply);
}

async function join(
  { commands, start: ports }: HandlerPorts,
  { principal, rooms }: Caller,
  payload: unknown,
  reply: Reply,
): Promise<void> {
  const { conversationId, ...request } = parse(joinEvent, payload);
  const id = idFrom(conversationId);
  const start = await commands.follow(principal, id, () =>
    resolveStart(ports, principal.userId, id, request),
  );
  rooms.requireRoom(id);
  // Acknowledged before the frames: the client must know where they begin.
  reply({ cursor: formatCursor(start.cursor) });
  rooms.join(id, start);
}

function receipt({ userMessage, ref, duplicate }: SendResult): object {
  return { userMessage, messageId: ref.messageId, duplicate };
}
