import type { Principal } from '../../account/principal.js';
import { idFrom } from '../../conversation/ids.js';
import type { Commands } from '../../gateway/commands.js';
import type { UserStream } from '../../gateway/user-stream.js';
import { AppError, toAppError } from '../../kernel/errors.js';
import { refusalFrame } from '../../protocol/frames.js';
import { conversationEvent, joinEvent, stopEvent } from '../../schemas/client-events.js';
import { clientFrames, decodeClientFrame } from '../../schemas/client-frames.js';
import { parse } from '../../schemas/validate.js';
import { receiptOf } from './handlers.js';

export interface UserHandlersOptions {
  readonly commands: Commands;
  readonly principal: Principal;
  readonly stream: UserStream;
}

/** Handles the frames of a client that follows all of its conversations: those of `Handlers`, each with a `conversationId`. */
export class UserHandlers {
  readonly #options: UserHandlersOptions;

  constructor(options: UserHandlersOptions) {
    this.#options = options;
  }

  /** Handles a frame and returns the reply to its sender. @throws AppError for a frame that is of no conversation. */
  async handle(text: string): Promise<object | undefined> {
    const { type, fields } = decodeClientFrame(text);
    if (type === 'ping') {
      parse(clientFrames.ping, fields);
      return { type: 'pong' };
    }
    const conversationId = idFrom(parse(conversationEvent, fields).conversationId);
    try {
      return await this.#handleOf(conversationId, type, fields);
    } catch (thrown) {
      // The connection logs what is no AppError.
      if (!(thrown instanceof AppError)) throw thrown;
      const { code, message } = toAppError(thrown);
      return refusalFrame(conversationId, code, message);
    }
  }

  close(): void {
    this.#options.stream.close();
  }

  async #handleOf(
    id: string,
    type: 'message' | 'resume' | 'stop' | 'regenerate',
    fields: Record<string, unknown>,
  ): Promise<object | undefined> {
    const { commands, principal, stream } = this.#options;
    switch (type) {
      case 'message': {
        const { conversationId: _, ...message } = fields;
        return receiptOf(await commands.send(principal, id, message));
      }
      case 'regenerate': {
        const { conversationId: _, messageId, ...rest } = fields;
        return receiptOf(await commands.regenerate(principal, id, messageId, rest));
      }
      case 'stop':
        await commands.stop(principal, id, parse(stopEvent, fields).messageId);
        return undefined;
      case 'resume': {
        const { conversationId: _, ...place } = parse(joinEvent, fields);
        await stream.follow(id, place);
        return undefined;
      }
    }
  }
}
