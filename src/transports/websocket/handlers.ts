import { idFrom } from '../../conversation/ids.js';
import type { MessageService, SendResult } from '../../conversation/message-service.js';
import { type Place, resumption } from '../../conversation/resume.js';
import type { StartPorts } from '../../conversation/start.js';
import { AppError } from '../../kernel/errors.js';
import type { Frame } from '../../protocol/frames.js';
import type { ClientFrame } from '../../schemas/client-frames.js';
import type { Subscription } from './subscription.js';

export interface HandlersOptions {
  readonly messages: MessageService;
  readonly start: StartPorts;
  readonly subscription: Subscription;
  readonly userId: string;
  readonly conversationId: string;
}

/** What a client asks for in the conversation of its connection (docs/protocol.md, "WebSocket"). */
export class Handlers {
  readonly #options: HandlersOptions;

  constructor(options: HandlersOptions) {
    this.#options = options;
  }

  /** Does it, and returns what only the asker is told. @throws AppError when it is refused. */
  async handle(frame: ClientFrame): Promise<Frame | undefined> {
    const { messages, userId, conversationId } = this.#options;
    switch (frame.type) {
      case 'message': {
        const { text, whenBusy, client_message_id: clientMessageId } = frame;
        return receiptOf(await messages.send(userId, conversationId, { text, whenBusy, clientMessageId }));
      }
      case 'regenerate': {
        const messageId = idFrom(frame.messageId);
        return receiptOf(
          await messages.regenerate(userId, conversationId, messageId, frame.client_message_id),
        );
      }
      case 'stop': {
        const messageId = frame.messageId === undefined ? undefined : idFrom(frame.messageId);
        await messages.stop(userId, conversationId, messageId);
        return undefined;
      }
      case 'resume': {
        if (frame.conversationId !== undefined && frame.conversationId.toLowerCase() !== conversationId) {
          throw new AppError('bad_request', 'conversationId: this connection is of another conversation');
        }
        await this.resume(frame);
        return undefined;
      }
      case 'ping':
        return { type: 'pong', conversationId };
    }
  }

  /** Goes on from a place, whatever was told before. A place that is refused changes nothing. */
  async resume(place: Place): Promise<void> {
    const { start: ports, subscription, userId, conversationId } = this.#options;
    const { start } = await resumption(ports, userId, conversationId, place);
    await subscription.restart(start);
  }
}

function receiptOf({ ref, userMessage, clientMessageId, duplicate }: SendResult): Frame {
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
