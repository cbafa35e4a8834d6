import { Router } from '@koa/router';
import type { Middleware } from 'koa';
import { resolveStart, type StartPorts } from '../../conversation/start.js';
import type { OpenStreams } from '../../gateway/open-streams.js';
import { SSE_HEADERS } from '../../protocol/sse.js';
import { streamQuery } from '../../schemas/message-schemas.js';
import { parse } from '../../schemas/validate.js';
import { principalOf } from '../request/authenticate.js';
import { idOf } from '../request/ids.js';
import type { StreamResponse } from './stream-response.js';

export interface StreamRoutesOptions {
  readonly start: StartPorts;
  readonly streams: OpenStreams;
  readonly respond: StreamResponse;
  /** Accepts `?ticket=` and `?token=` too. */
  readonly authenticateStream: Middleware;
}

/** A conversation as an event stream (docs/protocol.md, "SSE"). */
export function streamRoutes({ start, streams, respond, authenticateStream }: StreamRoutesOptions): Router {
  const router = new Router({ prefix: '/api/conversations/:id' });

  // Also called for HEAD, which asks for the headers of the stream and not for the stream.
  router.get('/stream', authenticateStream, async (ctx) => {
    const principal = principalOf(ctx);
    const conversationId = idOf(ctx, 'id');
    const query = parse(streamQuery, ctx.query);
    // The browser's header is the newest, then what polyfills put into the address; `cursor` is where the page began.
    const cursor = ctx.get('last-event-id') || query.lastEventId || query.cursor;
    const from = await resolveStart(start, principal.userId, conversationId, { cursor });
    if (query.until === 'done' && from.idle) {
      // The only answer after which an EventSource does not reconnect.
      ctx.status = 204;
    } else if (ctx.method === 'HEAD') {
      ctx.status = 200;
      ctx.set(SSE_HEADERS);
    } else {
      const until = query.until && { until: 'idle' as const };
      respond(ctx, streams.open(principal, 'sse', ctx.ip), conversationId, { start: from, ...until });
    }
  });

  return router;
}
