import type { Principal } from '../../account/principal.js';
import type { Subscription, Subscriptions } from '../../gateway/subscription.js';
import type { GenerationRef } from '../../generation/generation-log.js';
import type { Clock } from '../../kernel/clock.js';
import { AppError, toAppError } from '../../kernel/errors.js';
import type { Logger } from '../../kernel/logger.js';
import { beforeAccepted } from '../../protocol/cursor.js';
import { chatFrames, decodeChatFrame } from '../../schemas/ai-sdk-schemas.js';
import { parse } from '../../schemas/validate.js';
import type { FrameHandlers } from '../../transports/websocket/connection.js';
import type { SocketSink } from '../../transports/websocket/socket-sink.js';
import { Chats, type ChatsPorts } from './chats.js';
import { ChunkSink } from './chunk-sink.js';
import { UiMessageStream } from './ui-message-stream.js';

export interface ChatSocketPorts extends ChatsPorts {
  readonly subscriptions: Subscriptions;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How many answers one connection may stream at once. Each is a subscription of its own. */
const MAX_ANSWERS = 32;

/** A client that ends a resumed answer and resumes it again within this time, in ms, does not want it stopped. */
const RESUMED_AGAIN_MS = 1000;

interface StreamedAnswer {
  readonly ref: GenerationRef;
  readonly subscription: Subscription;
  /** The chat's name, for an answer that was resumed; absent for one that was sent for. */
  readonly resumed?: string;
}

/** A resumed answer whose request was aborted, until it is known whether it is to be stopped. */
interface Aborted {
  /** The chat's. */
  readonly name: string;
  readonly wait: AbortController;
}

/** Why the wait for a later resume ended early. */
type WaitEnd = 'resumed' | 'closed';

/** One client of `WebSocketChatTransport` (docs/protocol.md, "AI SDK"): several requests over one connection, each for one answer. */
export class ChatSocket implements FrameHandlers {
  readonly #ports: ChatSocketPorts;
  readonly #chats: Chats;
  readonly #principal: Principal;
  readonly #connection: SocketSink;
  readonly #answers = new Map<string, StreamedAnswer>();
  /** Two of one chat when two parts of a page resume it at once. */
  readonly #aborted = new Set<Aborted>();
  #closed = false;

  constructor(ports: ChatSocketPorts, principal: Principal, connection: SocketSink) {
    this.#ports = ports;
    this.#chats = new Chats(ports);
    this.#principal = principal;
    this.#connection = connection;
  }

  /** @throws AppError for a frame without a request to which a refusal could be told. */
  async handle(text: string): Promise<object | undefined> {
    const { type, requestId, fields } = decodeChatFrame(text);
    if (type === 'abort') {
      await this.#abort(requestId);
      return undefined;
    }
    try {
      this.#admit(requestId);
      return type === 'send' ? await this.#send(requestId, fields) : await this.#resume(requestId, fields);
    } catch (error) {
      if (!(error instanceof AppError)) this.#log(error);
      return { type: 'error', requestId, errorText: toAppError(error).message };
    }
  }

  close(reason?: unknown): void {
    this.#closed = true;
    for (const [requestId, { subscription }] of this.#answers) {
      subscription.cancel();
      if (reason !== 'token_expired') continue;
      // A closed connection is a fault of the network to the client, after which it would resume with the same token.
      this.#connection.write({ type: 'error', requestId, errorText: 'the token has expired' });
    }
    this.#answers.clear();
    // Whoever goes cannot resume any more: what was aborted is stopped now.
    for (const { wait } of this.#aborted) wait.abort('closed' satisfies WaitEnd);
  }

  /** @throws AppError `bad_request`, `rate_limited` */
  #admit(requestId: string): void {
    if (this.#answers.has(requestId)) throw new AppError('bad_request', 'requestId: is in use');
    if (this.#answers.size >= MAX_ANSWERS) {
      throw new AppError('rate_limited', 'too many answers at once over this connection');
    }
  }

  async #send(requestId: string, fields: unknown): Promise<undefined> {
    const { ref } = await this.#chats.submit(this.#principal, parse(chatFrames.send, fields));
    this.#stream(requestId, ref);
  }

  async #resume(requestId: string, fields: unknown): Promise<object | undefined> {
    const { id, lastSequence } = parse(chatFrames.resume, fields);
    for (const { name, wait } of this.#aborted) if (name === id) wait.abort('resumed' satisfies WaitEnd);
    const ref = await this.#chats.running(this.#principal, id);
    if (!ref) return { type: 'no-active', requestId };
    const { commands } = this.#ports;
    await commands.follow(this.#principal, ref.conversationId, async () => {
      this.#connection.write({ type: 'start', requestId });
      this.#stream(requestId, ref, { resumed: id, lastSequence });
    });
    return undefined;
  }

  #stream(
    requestId: string,
    ref: GenerationRef,
    { resumed, lastSequence }: { resumed?: string; lastSequence?: number | undefined } = {},
  ): void {
    // The client went while its message was stored: the answer goes on without it.
    if (this.#closed) return;
    const { conversationId, messageId, seq } = ref;
    const sink = new ChunkSink(this.#connection, {
      requestId,
      // The versions that have this transport know `reset-step`.
      projection: new UiMessageStream(ref, true),
      lastSequence,
      onEnd: () => this.#answers.delete(requestId),
    });
    const start = { cursor: beforeAccepted(seq), seq };
    const subscription = this.#ports.subscriptions.subscribe({
      conversationId,
      start,
      until: { messageId },
      sink,
    });
    this.#answers.set(requestId, { ref, subscription, ...(resumed !== undefined && { resumed }) });
  }

  /** Stops the answer of a request. An answer that has ended or is unknown is no error: the client may not know yet. */
  async #abort(requestId: string): Promise<void> {
    const answer = this.#answers.get(requestId);
    if (!answer) return;
    this.#answers.delete(requestId);
    answer.subscription.cancel();
    if (answer.resumed === undefined) await this.#stop(answer.ref);
    else void this.#stopUnlessResumed(answer.resumed, answer.ref);
  }

  /**
   * `stop()` aborts a resumed answer, but so does a second `resumeStream()` before it resumes: only the next frame tells
   * the two apart.
   */
  async #stopUnlessResumed(name: string, ref: GenerationRef): Promise<void> {
    const wait = new AbortController();
    const aborted = { name, wait };
    this.#aborted.add(aborted);
    if (!this.#closed) await this.#ports.clock.sleep(RESUMED_AGAIN_MS, wait.signal);
    this.#aborted.delete(aborted);
    if (wait.signal.reason !== ('resumed' satisfies WaitEnd)) await this.#stop(ref);
  }

  async #stop(ref: GenerationRef): Promise<void> {
    try {
      await this.#chats.stop(this.#principal, ref);
    } catch (error) {
      // A conversation that was deleted meanwhile has no answer to be stopped.
      if (!(error instanceof AppError && error.code === 'not_found')) this.#log(error);
    }
  }

  #log(error: unknown): void {
    this.#ports.logger.warn('socket request failed', { transport: 'websocket', error });
  }
}
