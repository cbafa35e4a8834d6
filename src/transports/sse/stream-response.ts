import type { Context } from 'koa';
import type { OpenStream } from '../../gateway/open-streams.js';
import { SharedFrame } from '../../gateway/shared-frame.js';
import type { Subscriptions } from '../../gateway/subscription.js';
import type { FollowOptions } from '../../generation/follow.js';
import { refusalFrame } from '../../protocol/frames.js';
import { EventStreamSink } from './event-stream-sink.js';

/** Answers a request with an event stream of a conversation, as a route calls it. */
export type StreamResponse = (
  ctx: Context,
  stream: OpenStream,
  conversationId: string,
  options: FollowOptions,
) => void;

/** Takes the response over from Koa and writes to it until the stream ends. `slowMs` as for `EventStreamSink`. */
export function streamResponse(subscriptions: Subscriptions, slowMs: number): StreamResponse {
  return (ctx, { signal, close }, conversationId, options) => {
    ctx.respond = false;
    const sink = new EventStreamSink(ctx.res, slowMs);
    const subscription = subscriptions.subscribe({ ...options, conversationId, sink });
    signal.addEventListener('abort', () => {
      subscription.cancel();
      if (signal.reason === 'token_expired') {
        sink.send(new SharedFrame(refusalFrame(conversationId, 'token_expired', 'the token has expired')));
      }
      sink.end();
    });
    ctx.res.once('close', close);
    // If the client has already gone, `close` is not emitted any more. If the stream has ended, neither is `abort`.
    if (ctx.res.closed || signal.aborted) {
      subscription.cancel();
      sink.end();
      close();
    }
  };
}
