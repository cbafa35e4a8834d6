import { Router } from '@koa/router';
import type { Middleware } from 'koa';
import type { NamedConversations } from '../../conversation/named-conversations.js';
import type { OpenStreams } from '../../gateway/open-streams.js';
import type { Logger } from '../../kernel/logger.js';
import { beforeAccepted } from '../../protocol/cursor.js';
import { runInput } from '../../schemas/ag-ui-schemas.js';
import { renderErrors } from '../../transports/http/problems.js';
import { principalOf } from '../../transports/request/authenticate.js';
import { bodyOf } from '../../transports/request/body.js';
import { setQuota } from '../../transports/request/quota.js';
import type { AnswerStream } from '../answer-stream.js';
import { newestMessage } from '../newest-message.js';
import type { Sender } from '../sender.js';
import { RunEvents } from './run-events.js';

export interface RunRoutesOptions {
  readonly sender: Sender;
  readonly names: NamedConversations;
  readonly streams: OpenStreams;
  readonly respond: AnswerStream;
  readonly authenticate: Middleware;
  /** Refuses new work while there is too much. */
  readonly admit: Middleware;
  readonly logger: Logger;
}

/** AG-UI (docs/protocol.md, "AG-UI"): a run answers the newest message of the user. */
export function runRoutes(options: RunRoutesOptions): Router {
  const { sender, names, streams, authenticate, admit } = options;
  const router = new Router({ prefix: '/api/ag-ui' });
  router.use(
    renderErrors(options.logger, (ctx, { message, code }) => {
      ctx.body = { message, code };
    }),
  );

  router.post('/', admit, authenticate, async (ctx) => {
    const principal = principalOf(ctx);
    const input = bodyOf(ctx, runInput);
    const { id: key, text, files } = newestMessage(input.messages);
    const message = { key, text, files };
    sender.check(message);
    // Opened first, since a refusal must mean that nothing was stored.
    const stream = streams.open(principal, 'sse', ctx.ip);
    try {
      const conversationId = await names.findOrMake(principal.userId, input.threadId);
      const { ref, quota } = await sender.send(principal, conversationId, message);
      if (quota) setQuota(ctx, quota);
      options.respond(ctx, stream, {
        ref,
        start: { cursor: beforeAccepted(ref.seq), seq: ref.seq },
        projection: new RunEvents(input, ref.messageId),
      });
    } catch (error) {
      stream.close();
      throw error;
    }
  });

  return router;
}
