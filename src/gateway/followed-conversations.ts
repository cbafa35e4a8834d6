import type { Start } from '../generation/follow.js';
import { type Cursor, parseCursor } from '../protocol/cursor.js';
import { type Frame, refusalFrame } from '../protocol/frames.js';
import { MAX_PLACES } from '../protocol/places.js';
import { SharedFrame } from './shared-frame.js';
import type { Sink, SubscriptionEnd } from './sink.js';
import type { Subscription, Subscriptions } from './subscription.js';

interface Followed {
  readonly subscription: Subscription;
  /** The last `seq` of which everything was sent. Undefined while an answer is being sent. */
  sent: number | undefined;
}

/** The conversations that one connection follows, at most `MAX_PLACES`. Their frames share its sink. */
export class FollowedConversations {
  readonly #subscriptions: Subscriptions;
  readonly #sink: Sink;
  readonly #onDropped: (conversationId: string, sent: number) => void;
  /** The one in which nothing has happened for longest comes first. */
  readonly #followed = new Map<string, Followed>();
  #drained: Promise<void> | undefined;

  /** `onDropped`: a conversation is no longer followed, and has been sent up to the end of answer `sent`. */
  constructor(
    subscriptions: Subscriptions,
    sink: Sink,
    onDropped: (conversationId: string, sent: number) => void,
  ) {
    this.#subscriptions = subscriptions;
    this.#sink = sink;
    this.#onDropped = onDropped;
  }

  has(conversationId: string): boolean {
    return this.#followed.has(conversationId);
  }

  /**
   * From now on the sink gets the conversation from `start` on. The one that has been quiet for longest is dropped for it if
   * there are too many. False when none is quiet.
   */
  follow(conversationId: string, start: Start): boolean {
    this.#leave(conversationId);
    if (this.#followed.size >= MAX_PLACES && !this.#makeRoom()) return false;
    const sink = this.#sinkOf(conversationId);
    const subscription = this.#subscriptions.subscribe({ conversationId, start, sink });
    this.#followed.set(conversationId, { subscription, sent: undefined });
    return true;
  }

  cancelAll(): void {
    for (const conversationId of this.#followed.keys()) this.#leave(conversationId);
  }

  #leave(conversationId: string): void {
    this.#followed.get(conversationId)?.subscription.cancel();
    this.#followed.delete(conversationId);
  }

  #makeRoom(): boolean {
    for (const [conversationId, { sent }] of this.#followed) {
      if (sent === undefined) continue;
      this.#leave(conversationId);
      this.#onDropped(conversationId, sent);
      return true;
    }
    return false;
  }

  #sinkOf(conversationId: string): Sink {
    const sink = this.#sink;
    return {
      get full() {
        return sink.full;
      },
      send: (shared) => {
        sink.send(shared);
        this.#moved(conversationId, shared);
      },
      drained: () => this.#whenDrained(),
      end: (reason) => this.#ended(conversationId, reason),
    };
  }

  /** One wait for all conversations: each would listen to the connection. */
  #whenDrained(): Promise<void> | undefined {
    this.#drained ??= this.#sink.drained()?.finally(() => {
      this.#drained = undefined;
    });
    return this.#drained;
  }

  #moved(conversationId: string, { frame }: SharedFrame): void {
    const followed = this.#followed.get(conversationId);
    const cursor = 'cursor' in frame && frame.cursor !== undefined && parseCursor(frame.cursor);
    if (!followed || !cursor) return;
    followed.sent = sentBy(frame.type, cursor);
    this.#followed.delete(conversationId);
    this.#followed.set(conversationId, followed);
  }

  /** The client has been told of a deletion. */
  #ended(conversationId: string, reason: SubscriptionEnd): void {
    this.#followed.delete(conversationId);
    if (reason !== 'failed') return;
    const refusal = refusalFrame(
      conversationId,
      'internal',
      'the conversation cannot be followed: resume it',
    );
    this.#sink.send(new SharedFrame(refusal));
  }
}

/** The last `seq` that is complete once a frame of this type has been sent, if none is under way. */
function sentBy(type: Frame['type'], { seq, position }: Cursor): number | undefined {
  if (type === 'done' || type === 'error') return seq;
  if (type !== 'ready') return undefined;
  // Before the first message of a conversation: `1.0.0`.
  return position === 0 ? seq - 1 : seq;
}
