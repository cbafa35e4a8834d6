import type { Principal } from '../../account/principal.js';
import type { SendResult } from '../../conversation/message-service.js';
import { resolveStart, type StartPorts, type StartRequest } from '../../conversation/start.js';
import type { Commands } from '../../gateway/commands.js';
import type { Sink } from '../../gateway/sink.js';
import type { Subscription, Subscriptions } from '../../gateway/subscription.js';
import { AppError } from '../../kernel/errors.js';
import type { Frame } from '../../protocol/frames.js';
import { clientFrames, decodeClientFrame } from '../../schemas/client-frames.js';
import { parse } from '../../schemas/validate.js';

export interface HandlersOptions {
  readonly commands: Commands;
  readonly start: StartPorts;
  readonly subscriptions: Subscriptions;
  readonly sink: Sink;
  readonly principal: Principal;
  readonly conversationId: string;
}

/** Handles the frames that a client sends (docs/protocol.md, "WebSocket"). */
export class Handlers {
  readonly #options: HandlersOptions;
  #subscription: Subscription | undefined;
  #closed = false;

  constructor(options: HandlersOptions) {
    this.#options = options;
  }

  /** Handles a frame and returns the reply to its sender, if there is one. @throws AppError when it is refused. */
  async handle(text: string): Promise<Frame | undefined> {
    const { commands, principal, conversationId } = this.#options;
    const { type, fields } = decodeClientFrame(text);
    switch (type) {
      case 'message':
        return receiptOf(await commands.send(principal, conversationId, fields));
      case 'regenerate': {
        const { messageId, ...rest } = fields;
        return receiptOf(await commands.regenerate(principal, conversationId, messageId, rest));
      }
      case 'stop':
        await commands.stop(principal, conversationId, parse(clientFrames.stop, fields).messageId);
        return undefined;
      case 'resume':
        await this.#resume(fields);
        return undefined;
      case 'ping':
        parse(clientFrames.ping, fields);
        return { type: 'pong', conversationId };
    }
  }

  /** Follows the conversation from another place, whatever was sent before. A refused place changes nothing. */
  async follow(request: StartRequest): Promise<void> {
    const { commands, start: ports, subscriptions, sink, principal, conversationId } = this.#options;
    const start = await commands.follow(principal, conversationId, () =>
      resolveStart(ports, principal.userId, conversationId, request),
    );
    this.#subscription?.cancel();
    if (!this.#closed) this.#subscription = subscriptions.subscribe({ conversationId, start, sink });
  }

  /** Sends nothing more. */
  close(): void {
    this.#closed = true;
    this.#subscription?.cancel();
  }

  async #resume(fields: unknown): Promise<void> {
    const { conversationId, ...request } = parse(clientFrames.resume, fields);
    if (conversationId !== undefined && conversationId.toLowerCase() !== this.#options.conversationId) {
      throw new AppError('bad_request', 'conversationId: this connection is of another conversation');
    }
    await this.follow(request);
  }
}

/** The reply to a message that was stored. */
export function receiptOf({ ref, userMessage, clientMessageId, duplicate }: SendResult): Frame {
  const { conversationId, messageId } = ref;
  return {
    type: 'receipt',
    conversationId,
    userMessage,
    messageId,
    client_message_id: clientMessageId,
    duplicate,
  };
}
