import type { Context } from 'koa';
import type { OpenStream, StreamEnd } from '../gateway/open-streams.js';
import { SharedFrame } from '../gateway/shared-frame.js';
import type { Subscriptions } from '../gateway/subscription.js';
import type { Start } from '../generation/follow.js';
import type { GenerationRef } from '../generation/generation-log.js';
import { refusalFrame } from '../protocol/frames.js';
import { SSE_HEADERS } from '../protocol/sse.js';
import { ProjectedSink, type SinkOptions } from './projected-sink.js';

export interface AnswerStreamOptions extends Omit<SinkOptions, 'slowMs'> {
  readonly ref: GenerationRef;
  readonly start: Start;
  /** Called when the client hangs up before the answer has ended; not when this gateway cuts it off. */
  readonly onHangUp?: () => void;
}

/** Answers a request with one answer as it is written, in the events of another protocol. */
export type AnswerStream = (ctx: Context, stream: OpenStream, options: AnswerStreamOptions) => void;

/** Takes the response over from Koa. `slowMs` as for `ProjectedSink`. */
export function answerStream(subscriptions: Subscriptions, slowMs: number): AnswerStream {
  return (ctx, { signal, close }, { ref, start, onHangUp, ...options }) => {
    if (ctx.method === 'HEAD') {
      // Asks for the headers of the stream, and not for the stream.
      ctx.status = 200;
      ctx.set({ ...SSE_HEADERS, ...options.headers });
      return close();
    }
    ctx.respond = false;
    const { conversationId, messageId } = ref;
    const { res } = ctx;
    const sink = new ProjectedSink(res, { ...options, slowMs });
    const subscription = subscriptions.subscribe({ conversationId, start, until: { messageId }, sink });
    const cutOff = (): void => {
      subscription.cancel();
      // It has been told to its end, and that is on its way.
      if (res.writableEnded) return;
      const reason: StreamEnd | undefined = signal.reason === 'token_expired' ? 'token_expired' : undefined;
      if (reason === undefined) return sink.break();
      sink.send(new SharedFrame(refusalFrame(conversationId, reason, 'the token has expired')));
      sink.end('complete');
    };
    signal.addEventListener('abort', cutOff);
    const gone = (): void => {
      if (!res.writableEnded && !signal.aborted) onHangUp?.();
      close();
    };
    res.once('close', gone);
    // If the client has already gone, `close` is not emitted any more. If the stream has ended, neither is `abort`.
    if (signal.aborted) cutOff();
    if (res.closed) gone();
  };
}
