import { Router } from '@koa/router';
import type { Middleware } from 'koa';
import type { Conversations } from '../../conversation/conversations.js';
import type { DialectRequestStore } from '../../conversation/dialect-requests.js';
import type { MessageHistory } from '../../conversation/history.js';
import type { MessageService } from '../../conversation/message-service.js';
import type { NamedConversations } from '../../conversation/named-conversations.js';
import type { StartPorts } from '../../conversation/start.js';
import type { Commands } from '../../gateway/commands.js';
import type { OpenStreams } from '../../gateway/open-streams.js';
import type { Logger } from '../../kernel/logger.js';
import type { AnswerStream } from '../answer-stream.js';
import type { Sender } from '../sender.js';
import { completionRoutes } from './completion-routes.js';
import { openAiErrors } from './errors.js';
import { modelRoutes, type OfferedModels } from './models.js';
import type { ResponseFields } from './response-object.js';
import { responseRoutes } from './response-routes.js';

export interface OpenAiPorts {
  readonly commands: Commands;
  readonly messages: MessageService;
  readonly history: MessageHistory;
  readonly conversations: Conversations;
  readonly names: NamedConversations;
  readonly sender: Sender;
  readonly requests: DialectRequestStore<Partial<ResponseFields>>;
  readonly models: OfferedModels;
  readonly start: StartPorts;
  readonly streams: OpenStreams;
  readonly respond: AnswerStream;
  readonly authenticate: Middleware;
  /** Refuses new work while there is too much. */
  readonly admit: Middleware;
  readonly logger: Logger;
}

/** OpenAI's Chat Completions and Responses (docs/protocol.md, "OpenAI"). */
export function openAiRoutes(ports: OpenAiPorts): Router {
  const router = new Router({ prefix: '/v1' });
  router.use(openAiErrors(ports.logger));
  modelRoutes(router, ports);
  completionRoutes(router, ports);
  responseRoutes(router, ports);
  return router;
}
