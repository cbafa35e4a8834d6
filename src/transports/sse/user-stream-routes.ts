import { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { OpenStream, OpenStreams } from '../../gateway/open-streams.js';
import { UserActivity } from '../../gateway/user-activity.js';
import { UserStream, type UserStreamPorts } from '../../gateway/user-stream.js';
import { streamRefusal } from '../../protocol/frames.js';
import { SSE_HEADERS } from '../../protocol/sse.js';
import { placesOf, userStreamQuery } from '../../schemas/stream-places.js';
import { parse } from '../../schemas/validate.js';
import { principalOf } from '../request/authenticate.js';
import { UserStreamSink } from './user-stream-sink.js';

export interface UserStreamRoutesOptions {
  /** For a stream that is opened from this address. */
  readonly ports: (address: string) => UserStreamPorts;
  readonly streams: OpenStreams;
  /** A client that does not read for so long is cut off, in ms. */
  readonly slowMs: number;
  /** Accepts `?ticket=` and `?token=` too. */
  readonly authenticateStream: Middleware;
}

/** All of a user's conversations as one event stream (docs/protocol.md, "One stream for all conversations"). */
export function userStreamRoutes(options: UserStreamRoutesOptions): Router {
  const { streams, authenticateStream } = options;
  const router = new Router();

  // Also called for HEAD, which asks for the headers of the stream and not for the stream.
  router.get('/api/stream', authenticateStream, async (ctx) => {
    const principal = principalOf(ctx);
    const { cursors, lastEventId } = parse(userStreamQuery, ctx.query);
    // An id names the conversations that moved last; the others still stand where the address says.
    const places = new Map([...placesOf(cursors), ...placesOf(ctx.get('last-event-id') || lastEventId)]);
    if (ctx.method === 'HEAD') {
      ctx.status = 200;
      ctx.set(SSE_HEADERS);
      return;
    }
    const ports = options.ports(ctx.ip);
    const stream = streams.open(principal, 'sse', ctx.ip);
    ctx.res.once('close', stream.close);
    const { store } = ports.start;
    const activity = await UserActivity.open({ ...ports, store }, principal.userId).catch(
      (error: unknown) => {
        stream.close();
        throw error;
      },
    );
    const sink = new UserStreamSink(ctx.res, options.slowMs);
    const conversations = new UserStream(ports, principal, activity, sink);
    respond(ctx, stream, sink, conversations);
    void conversations.run(places);
  });

  return router;
}

/** Takes the response over from Koa, and ends it with the stream. */
function respond(
  ctx: Context,
  { signal, close }: OpenStream,
  sink: UserStreamSink,
  conversations: UserStream,
): void {
  ctx.respond = false;
  const end = (): void => {
    conversations.close();
    if (signal.reason === 'token_expired') {
      sink.refuse(streamRefusal('token_expired', 'the token has expired'));
    }
    sink.end();
  };
  signal.addEventListener('abort', end);
  if (!ctx.res.closed && !signal.aborted) return;
  // If the client has already gone, `close` is not emitted any more. If the stream has ended, neither is `abort`.
  end();
  close();
}
