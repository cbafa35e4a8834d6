import type { Router } from '@koa/router';
import { uuidv7 } from 'uuidv7';
import { PostgresDialectRequestStore } from '../adapters/postgres/dialect-request-store.js';
import { PostgresNamedConversationStore } from '../adapters/postgres/named-conversation-store.js';
import { NamedConversations } from '../conversation/named-conversations.js';
import { runRoutes } from '../dialects/ag-ui/run-routes.js';
import { chatRoutes } from '../dialects/ai-sdk/chat-routes.js';
import { answerStream } from '../dialects/answer-stream.js';
import { type OpenAiPorts, openAiRoutes } from '../dialects/openai/openai-routes.js';
import type { Subscriptions } from '../gateway/subscription.js';
import { SLOW_MS } from '../transports/slow-reader.js';
import type { Infrastructure } from './infrastructure.js';

export interface DialectPorts extends Omit<OpenAiPorts, 'names' | 'requests' | 'respond'> {
  readonly subscriptions: Subscriptions;
}

/** The routes of clients that others wrote (docs/protocol.md, "Clients that others wrote"). */
export function dialectRouters(
  { database }: Infrastructure,
  { subscriptions, ...ports }: DialectPorts,
): Router[] {
  const names = new NamedConversations(new PostgresNamedConversationStore(database, uuidv7));
  const requests = new PostgresDialectRequestStore<object>(database);
  const respond = answerStream(subscriptions, SLOW_MS);
  return [
    chatRoutes({ ...ports, names, respond }),
    openAiRoutes({ ...ports, names, requests, respond }),
    runRoutes({ ...ports, names, respond }),
  ];
}
