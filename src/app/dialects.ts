import type { Router } from '@koa/router';
import { uuidv7 } from 'uuidv7';
import { PostgresNamedConversationStore } from '../adapters/postgres/named-conversation-store.js';
import { NamedConversations } from '../conversation/named-conversations.js';
import { type ChatRoutesOptions, chatRoutes } from '../dialects/ai-sdk/chat-routes.js';
import { answerStream } from '../dialects/answer-stream.js';
import type { Subscriptions } from '../gateway/subscription.js';
import { SLOW_MS } from '../transports/slow-reader.js';
import type { Infrastructure } from './infrastructure.js';

export interface DialectPorts
  extends Pick<ChatRoutesOptions, 'commands' | 'history' | 'streams' | 'logger' | 'authenticate' | 'admit'> {
  readonly subscriptions: Subscriptions;
}

/** The routes of clients that others wrote (docs/protocol.md, "Clients that others wrote"). */
export function dialectRouters(
  { database }: Infrastructure,
  { subscriptions, ...ports }: DialectPorts,
): Router[] {
  const names = new NamedConversations(new PostgresNamedConversationStore(database, uuidv7));
  const respond = answerStream(subscriptions, SLOW_MS);
  return [chatRoutes({ ...ports, names, respond })];
}
