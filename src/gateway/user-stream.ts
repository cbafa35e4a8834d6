import type { Principal } from '../account/principal.js';
import { resolveStart, type StartPorts, type StartRequest } from '../conversation/start.js';
import type { Start } from '../generation/follow.js';
import type { Clock } from '../kernel/clock.js';
import { AppError, toAppError } from '../kernel/errors.js';
import type { Notifier } from '../kernel/notifier.js';
import { beforeAccepted } from '../protocol/cursor.js';
import { refusalFrame } from '../protocol/frames.js';
import { MAX_PLACES } from '../protocol/places.js';
import type { Commands } from './commands.js';
import { FollowedConversations } from './followed-conversations.js';
import { SharedFrame } from './shared-frame.js';
import type { Sink } from './sink.js';
import type { Subscriptions } from './subscription.js';
import type { UserActivity } from './user-activity.js';

export interface UserStreamPorts {
  readonly commands: Commands;
  readonly start: StartPorts;
  readonly subscriptions: Subscriptions;
  readonly notifier: Notifier;
  readonly clock: Clock;
  /** Called with what failed and is tried again. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * One client that follows all of its user's conversations: those that it names, from where it stands, and every other one
 * from the moment in which a message is accepted there.
 */
export class UserStream {
  readonly #ports: UserStreamPorts;
  readonly #principal: Principal;
  readonly #activity: UserActivity;
  readonly #sink: Sink;
  readonly #followed: FollowedConversations;
  readonly #closed = new AbortController();

  /** `activity` is the principal's, and is closed with this. Nothing is sent before `run`. */
  constructor(ports: UserStreamPorts, principal: Principal, activity: UserActivity, sink: Sink) {
    this.#ports = ports;
    this.#principal = principal;
    this.#activity = activity;
    this.#sink = sink;
    this.#followed = new FollowedConversations(ports.subscriptions, sink, (conversationId, sent) =>
      activity.markSeen(conversationId, sent),
    );
  }

  /** Follows the conversations that the client names, then those in which something happens, until `close`. Never rejects. */
  async run(places: ReadonlyMap<string, string>): Promise<void> {
    for (const [conversationId, cursor] of places) {
      await this.follow(conversationId, { cursor }).catch((error: unknown) => {
        this.#refuse(conversationId, error);
      });
    }
    for (const { conversationId, seq } of this.#activity.running) {
      // The client may show some of its text.
      await this.#try(() => this.#discover(conversationId, seq, true));
    }
    const { signal } = this.#closed;
    while (!signal.aborted) {
      await this.#followNews();
      await this.#activity.wait(signal);
    }
  }

  /**
   * Follows a conversation from another place, whatever was sent before.
   * @throws AppError as `resolveStart`; `rate_limited` when answers come from too many conversations
   */
  async follow(conversationId: string, request: StartRequest): Promise<void> {
    const { userId } = this.#principal;
    await this.#enter(conversationId, () => resolveStart(this.#ports.start, userId, conversationId, request));
  }

  /** The sink gets nothing more. */
  close(): void {
    this.#closed.abort('closed');
    this.#activity.close();
    this.#followed.cancelAll();
  }

  async #followNews(): Promise<void> {
    let news: Awaited<ReturnType<UserActivity['news']>> = [];
    await this.#try(async () => {
      news = await this.#activity.news();
    });
    for (const { conversationId, seq, last } of news) {
      // Each by itself: one for which there is no room must not keep the others back.
      await this.#try(async () => {
        await this.#discover(conversationId, seq, false);
        this.#activity.markSeen(conversationId, last);
      });
    }
  }

  /** Follows a conversation from just before the `accepted` of answer `seq`, unless it is followed already. */
  async #discover(conversationId: string, seq: number, resetFirst: boolean): Promise<void> {
    if (this.#followed.has(conversationId)) return;
    await this.#enter(conversationId, async () => ({ cursor: beforeAccepted(seq), seq, resetFirst }));
  }

  async #enter(conversationId: string, begin: () => Promise<Start>): Promise<void> {
    if (this.#closed.signal.aborted) return;
    const start = await this.#ports.commands.follow(this.#principal, conversationId, begin);
    if (this.#closed.signal.aborted || this.#followed.follow(conversationId, start)) return;
    throw new AppError('rate_limited', `answers of more than ${MAX_PLACES} conversations at once`);
  }

  /** What fails here is found again by the next look. */
  async #try(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.#ports.onFailure(error);
    }
  }

  #refuse(conversationId: string, thrown: unknown): void {
    if (this.#closed.signal.aborted) return;
    if (!(thrown instanceof AppError)) this.#ports.onFailure(thrown);
    const { code, message } = toAppError(thrown);
    this.#sink.send(new SharedFrame(refusalFrame(conversationId, code, message)));
  }
}
