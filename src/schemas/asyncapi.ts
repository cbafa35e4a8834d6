import { z } from 'zod';
import { chatFrames, chatServerFrames } from './ai-sdk-schemas.js';
import { joinEvent, leaveEvent, messageEvent, regenerateEvent, stopEvent } from './client-events.js';
import { clientFrames } from './client-frames.js';
import { frame } from './frame-schemas.js';
import { type JsonSchema, schemaOf, VERSION } from './json-schema.js';

/** As much of AsyncAPI 3.0 as is used here. */
export interface AsyncApiDocument {
  readonly asyncapi: '3.0.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly defaultContentType: 'application/json';
  readonly channels: Readonly<Record<string, Channel>>;
  readonly operations: Readonly<Record<string, ChannelOperation>>;
}

interface Channel {
  readonly address: string;
  readonly description: string;
  readonly parameters?: Readonly<Record<string, { readonly description: string }>>;
  readonly messages: Readonly<Record<string, ChannelMessage>>;
}

interface ChannelMessage {
  readonly name: string;
  readonly payload: JsonSchema;
}

interface ChannelOperation {
  /** As the server sees it. */
  readonly action: 'send' | 'receive';
  readonly channel: Reference;
  readonly messages: readonly Reference[];
}

interface Reference {
  readonly $ref: string;
}

type Schemas = Readonly<Record<string, z.ZodType>>;

const CLIENT_EVENTS: Schemas = {
  join: joinEvent,
  resume: joinEvent,
  leave: leaveEvent,
  message: messageEvent,
  stop: stopEvent,
  regenerate: regenerateEvent,
};

const CLIENT_FRAMES: Schemas = Object.fromEntries(
  Object.entries(clientFrames).map(([type, fields]) => [type, fields.extend({ type: z.literal(type) })]),
);

/** On the WebSocket of all conversations each frame names its own. */
const FRAMES_OF_ALL: Schemas = {
  ...Object.fromEntries(
    Object.entries({
      message: messageEvent,
      resume: joinEvent,
      stop: stopEvent,
      regenerate: regenerateEvent,
    }).map(([type, fields]) => [type, fields.extend({ type: z.literal(type) })]),
  ),
  ping: clientFrames.ping.extend({ type: z.literal('ping') }),
};

/** Every frame of a chat names its request. */
const CHAT_FRAMES: Schemas = ofRequests(chatFrames);
const CHAT_SERVER_FRAMES: Schemas = ofRequests(chatServerFrames);

/** What is of no conversation there. */
const OF_NONE: Schemas = {
  pong: z.strictObject({ type: z.literal('pong') }),
  error: frameOf('error').extend({ conversationId: z.string().optional() }),
};

/** Only the raw WebSocket has these: Socket.IO acknowledges, and has pings of its own. */
const RAW_ONLY = new Set(['receipt', 'pong']);

/** The sockets for machines, from the schemas that check what comes in and, in the tests, what goes out. */
export function asyncApi(): AsyncApiDocument {
  const toClient = byType(frame.options);
  const events = Object.fromEntries(Object.entries(toClient).filter(([type]) => !RAW_ONLY.has(type)));
  const webSocket = channel('webSocket', CLIENT_FRAMES, toClient);
  const socketIo = channel('socketIo', CLIENT_EVENTS, events);
  const chat = channel('aiSdkChat', CHAT_FRAMES, CHAT_SERVER_FRAMES);
  const allConversations = channel('webSocketOfAll', FRAMES_OF_ALL, { ...toClient, ...OF_NONE });
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'veda-gateway',
      version: VERSION,
      description: 'The sockets of a streaming gateway for a healthcare chatbot. REST is at /openapi.json.',
    },
    defaultContentType: 'application/json',
    channels: {
      webSocket: {
        address: '/ws/conversations/{conversationId}',
        description:
          'Raw WebSocket of one conversation, with ?token= or ?ticket=, and ?cursor= to go on after it. One frame is one JSON object.',
        parameters: { conversationId: { description: 'a UUID' } },
        messages: webSocket.messages,
      },
      webSocketOfAll: {
        address: '/ws',
        description:
          'Raw WebSocket of all conversations of the user, with ?token= or ?ticket=, and ?cursors= to go on after them: <conversationId>@<cursor>, separated by commas.',
        messages: allConversations.messages,
      },
      aiSdkChat: {
        address: '/api/ai-sdk/chat',
        description:
          'WebSocket of WebSocketChatTransport of the AI SDK, version 7, with ?token= or ?ticket=. It carries several requests at once.',
        messages: chat.messages,
      },
      socketIo: {
        address: '/socket.io',
        description:
          'Socket.IO, namespace /, with auth {token} or {ticket}. A message is an event under its name; what a client sends is acknowledged with {ok: true, …} or {ok: false, error}.',
        messages: socketIo.messages,
      },
    },
    operations: {
      ...webSocket.operations,
      ...allConversations.operations,
      ...chat.operations,
      ...socketIo.operations,
    },
  };
}

/** A channel's messages both ways, and an operation for each way. */
function channel(name: string, fromClient: Schemas, toClient: Schemas) {
  const ways = [
    ['receive', fromClient],
    ['send', toClient],
  ] as const;
  const messages: Record<string, ChannelMessage> = {};
  const operations: Record<string, ChannelOperation> = {};
  for (const [action, schemas] of ways) {
    const keys = Object.entries(schemas).map(([type, schema]) => {
      const key = `${action}-${type}`;
      messages[key] = { name: type, payload: schemaOf(schema) };
      return key;
    });
    operations[`${name}-${action}`] = {
      action,
      channel: { $ref: `#/channels/${name}` },
      messages: keys.map((key) => ({ $ref: `#/channels/${name}/messages/${key}` })),
    };
  }
  return { messages, operations };
}

/** The options of a union, by the `type` that tells them apart. */
function byType(options: readonly z.ZodObject<{ type: z.ZodLiteral<string> }>[]): Schemas {
  return Object.fromEntries(options.map((option) => [option.shape.type.value, option]));
}

function ofRequests(frames: Readonly<Record<string, z.ZodObject>>): Schemas {
  return Object.fromEntries(
    Object.entries(frames).map(([type, fields]) => [
      type,
      fields.extend({ type: z.literal(type), requestId: z.string() }),
    ]),
  );
}

function frameOf(type: string): z.ZodObject {
  const option = frame.options.find(({ shape }) => shape.type.value === type);
  if (!option) throw new Error(`there is no frame ${type}`);
  return option;
}
