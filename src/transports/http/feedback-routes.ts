import { Router } from '@koa/router';
import type { Middleware } from 'koa';
import type { AnswerFeedback } from '../../conversation/feedback.js';
import { feedback as feedbackBody } from '../../schemas/message-schemas.js';
import { principalOf } from '../request/authenticate.js';
import { bodyOf } from '../request/body.js';
import { idOf } from '../request/ids.js';

export interface FeedbackRoutesOptions {
  readonly feedback: AnswerFeedback;
  readonly authenticate: Middleware;
}

/** What users think of answers (docs/protocol.md, "Feedback"). */
export function feedbackRoutes({ feedback, authenticate }: FeedbackRoutesOptions): Router {
  const router = new Router({ prefix: '/api/conversations/:id/messages/:messageId/feedback' });
  router.use(authenticate);

  router.put('/', async (ctx) => {
    const given = bodyOf(ctx, feedbackBody);
    ctx.body = await feedback.rate(principalOf(ctx).userId, idOf(ctx, 'id'), idOf(ctx, 'messageId'), given);
  });

  router.delete('/', async (ctx) => {
    await feedback.unrate(principalOf(ctx).userId, idOf(ctx, 'id'), idOf(ctx, 'messageId'));
    ctx.status = 204;
  });

  return router;
}
