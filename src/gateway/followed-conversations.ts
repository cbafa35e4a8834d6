import type { Start } from '../generation/follow.js';
import { beforeAccepted, compareCursors, parseCursor } from '../protocol/cursor.js';
import { refusalFrame } from '../protocol/frames.js';
import { MAX_PLACES } from '../protocol/places.js';
import { SharedFrame } from './shared-frame.js';
import type { Sink, SubscriptionEnd } from './sink.js';
import type { Subscription, Subscriptions } from './subscription.js';

interface Followed {
  /** Undefined only while it is made, in which its first frames may be sent. */
  subscription: Subscription | undefined;
  /** Every answer up to this `seq` was sent with its end. Undefined while one is under way, and until that is known. */
  completeUpTo: number | undefined;
  /** What `completeUpTo` is if `ready` is the first frame. Undefined in the middle of an answer. */
  completeAtStart: number | undefined;
}

/** The conversations that one connection follows, at most `MAX_PLACES`. Their frames share its sink. */
export class FollowedConversations {
  readonly #subscriptions: Pick<Subscriptions, 'subscribe'>;
  readonly #sink: Sink;
  readonly #onDropped: (conversationId: string, sent: number) => void;
  /** The one in which nothing has happened for longest comes first. */
  readonly #followed = new Map<string, Followed>();
  #drained: Promise<void> | undefined;

  /** `onDropped`: a conversation is no longer followed, and has been sent up to the end of answer `sent`. */
  constructor(
    subscriptions: Pick<Subscriptions, 'subscribe'>,
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
    const followed: Followed = {
      subscription: undefined,
      completeUpTo: undefined,
      completeAtStart: completeAt(start),
    };
    // First, because a subscription may send at once.
    this.#followed.set(conversationId, followed);
    const sink = this.#sinkOf(conversationId);
    followed.subscription = this.#subscriptions.subscribe({ conversationId, start, sink });
    return true;
  }

  cancelAll(): void {
    for (const conversationId of this.#followed.keys()) this.#leave(conversationId);
  }

  #leave(conversationId: string): void {
    this.#followed.get(conversationId)?.subscription?.cancel();
    this.#followed.delete(conversationId);
  }

  #makeRoom(): boolean {
    for (const [conversationId, { completeUpTo }] of this.#followed) {
      if (completeUpTo === undefined) continue;
      this.#leave(conversationId);
      this.#onDropped(conversationId, completeUpTo);
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

  /** All conversations share one wait, else each would add a listener to the connection. */
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
    if (frame.type === 'ready') {
      // It may come in the middle of an answer, and says nothing of its end.
      followed.completeUpTo ??= followed.completeAtStart;
    } else {
      followed.completeUpTo = frame.type === 'done' || frame.type === 'error' ? cursor.seq : undefined;
      followed.completeAtStart = undefined;
    }
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

/** Every answer up to this `seq` was sent before a reader starts here. Undefined in the middle of an answer. */
function completeAt({ cursor, seq }: Start): number | undefined {
  const isBetween = cursor.seq < seq || compareCursors(cursor, beforeAccepted(seq)) === 0;
  return isBetween ? seq - 1 : undefined;
}
