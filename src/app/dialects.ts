import type { Router } from '@koa/router';
import type { Middleware } from 'koa';
import { uuidv7 } from 'uuidv7';
import type { AccountLimits } from '../account/account-limits.js';
import { PostgresDialectRequestStore } from '../adapters/postgres/dialect-request-store.js';
import { PostgresNamedConversationStore } from '../adapters/postgres/named-conversation-store.js';
import type { Attachments } from '../conversation/attachments.js';
import { NamedConversations } from '../conversation/named-conversations.js';
import { runRoutes } from '../dialects/ag-ui/run-routes.js';
import { chatRoutes } from '../dialects/ai-sdk/chat-routes.js';
import { ChatSocket } from '../dialects/ai-sdk/chat-socket.js';
import { CHAT_PATH } from '../dialects/ai-sdk/chats.js';
import { answerStream } from '../dialects/answer-stream.js';
import { historyBody } from '../dialects/history-body.js';
import { type OpenAiPorts, openAiRoutes } from '../dialects/openai/openai-routes.js';
import { Sender } from '../dialects/sender.js';
import type { Commands } from '../gateway/commands.js';
import type { Subscriptions } from '../gateway/subscription.js';
import { SLOW_MS } from '../transports/slow-reader.js';
import type { SocketDialect } from '../transports/websocket/connection.js';
import type { Infrastructure } from './infrastructure.js';

type Shared = 'names' | 'requests' | 'respond' | 'sender' | 'authenticate';

export interface DialectPorts extends Omit<OpenAiPorts, Shared> {
  readonly subscriptions: Subscriptions;
  readonly attachments: Attachments;
  readonly limits: AccountLimits;
  /** Tells who is speaking, and leaves the body alone. */
  readonly identify: Middleware;
  /** The deployment's. */
  readonly model: string;
  /** What clients do over sockets. */
  readonly socketCommands: Commands;
}

export interface Dialects {
  readonly routers: readonly Router[];
  /** By path. */
  readonly sockets: ReadonlyMap<string, SocketDialect>;
}

/** Serves clients that others wrote (docs/protocol.md, "Clients that others wrote"). */
export function dialects(
  { database, encryption, clock }: Infrastructure,
  { subscriptions, attachments, limits, identify, model, socketCommands, ...ports }: DialectPorts,
): Dialects {
  const requests = new PostgresDialectRequestStore<object>(database, model, encryption.cipher);
  const readBody = historyBody(attachments.maxBytes);
  const shared = {
    ...ports,
    requests,
    names: new NamedConversations(new PostgresNamedConversationStore(database, uuidv7), (userId) =>
      limits.consume('conversations', userId),
    ),
    sender: new Sender({ commands: ports.commands, requests, attachments, limits }),
    respond: answerStream(subscriptions, SLOW_MS),
    authenticate: ((ctx, next) => identify(ctx, () => readBody(ctx, next))) satisfies Middleware,
  };
  const ofChatSockets = {
    ...shared,
    commands: socketCommands,
    sender: new Sender({ commands: socketCommands, requests, attachments, limits }),
    subscriptions,
    clock,
  };
  return {
    routers: [chatRoutes(shared), openAiRoutes(shared), runRoutes(shared)],
    sockets: new Map([
      [CHAT_PATH, (principal, connection) => new ChatSocket(ofChatSockets, principal, connection)],
    ]),
  };
}
