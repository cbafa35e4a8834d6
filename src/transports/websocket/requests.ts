import { idFrom } from '../../conversation/ids.js';
import { type Place, resumption } from '../../conversation/resume.js';
import type { Sending, Sent } from '../../conversation/sending.js';
import type { StartPorts } from '../../conversation/start.js';
import { AppError } from '../../errors.js';
import type { ClientFrame } from '../../protocol/client-frames.js';
import type { Frame } from '../../protocol/frames.js';
import type { Telling } from './telling.js';

export interface RequestsOptions {
  readonly sending: Sending;
  readonly start: StartPorts;
  readonly telling: Telling;
  readonly userId: string;
  readonly conversationId: string;
}

/** What a client asks for in the conversation of its connection (docs/protocol.md, "WebSocket"). */
export class Requests {
  readonly #options: RequestsOptions;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Does it, and returns what only the asker is told. @throws AppError when it is refused. */
  async answer(frame: ClientFrame): Promise<Frame | undefined> {
    const { sending, userId, conversationId } = this.#options;
    switch (frame.type) {
      case 'message': {
        const { text, whenBusy, client_message_id: clientMessageId } = frame;
        return receiptOf(await sending.send(userId, conversationId, { text, whenBusy, clientMessageId }));
      }
      case 'regenerate': {
        const messageId = idFrom(frame.messageId);
        return receiptOf(
          await sending.regenerate(userId, conversationId, messageId, frame.client_message_id),
        );
      }
      case 'stop': {
        const messageId = frame.messageId === undefined ? undefined : idFrom(frame.messageId);
        await sending.stop(userId, conversationId, messageId);
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
    const { start: ports, telling, userId, conversationId } = this.#options;
    const { start } = await resumption(ports, userId, conversationId, place);
    await telling.from(start);
  }
}

function receiptOf({ ref, userMessage, clientMessageId, duplicate }: Sent): Frame {
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
