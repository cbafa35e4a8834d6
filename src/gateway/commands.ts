import type { Principal } from '../account/principal.js';
import { idFrom } from '../conversation/ids.js';
import type { MessageService, SendResult } from '../conversation/message-service.js';
import { AppError } from '../kernel/errors.js';
import type { Message } from '../protocol/message.js';
import { clientMessageId, newMessage, regeneration } from '../schemas/message-schemas.js';
import { parse } from '../schemas/validate.js';

/**
 * What a client may do in a conversation, the same on every transport. A transport takes its own envelope off (path, `type`,
 * `conversationId`) and passes the remaining fields as they came; they are validated here.
 */
export class Commands {
  readonly #messages: MessageService;

  constructor(messages: MessageService) {
    this.#messages = messages;
  }

  /**
   * Stores a message and has it answered.
   * `idempotencyKey` is the `Idempotency-Key` header, another name for `client_message_id`.
   * @throws AppError `bad_request`, and those of `MessageService.send`.
   */
  send(
    { userId }: Principal,
    conversationId: unknown,
    fields: unknown,
    idempotencyKey?: string,
  ): Promise<SendResult> {
    const id = idFrom(conversationId);
    const { text, attachments, model, whenBusy, client_message_id } = parse(newMessage, fields);
    if (text === '' && attachments.length === 0) {
      throw new AppError('bad_request', 'text: must not be empty without an attachment');
    }
    const key = oneKey(client_message_id, idempotencyKey);
    return this.#messages.send(userId, id, { text, attachments, model, whenBusy, clientMessageId: key });
  }

  /** Begins to follow a conversation; `begin` throws when it may not be read. */
  follow<T>(_principal: Principal, _conversationId: string, begin: () => Promise<T>): Promise<T> {
    return begin();
  }

  /** Makes a new answer to the message that `messageId` answers. @throws AppError as `send`. */
  regenerate(
    { userId }: Principal,
    conversationId: unknown,
    messageId: unknown,
    fields: unknown,
    idempotencyKey?: string,
  ): Promise<SendResult> {
    const id = idFrom(conversationId);
    const { client_message_id } = parse(regeneration, fields);
    const key = oneKey(client_message_id, idempotencyKey);
    return this.#messages.regenerate(userId, id, idFrom(messageId), key);
  }

  /**
   * Asks for a stop of the answer, or of the running one without `messageId`. `ended` tells that it had ended before.
   * @throws AppError `not_found`
   */
  stop(
    { userId }: Principal,
    conversationId: unknown,
    messageId?: unknown,
  ): Promise<{ message: Message; ended: boolean }> {
    const answer = messageId === undefined ? undefined : idFrom(messageId);
    return this.#messages.stop(userId, idFrom(conversationId), answer);
  }
}

/** @throws AppError `bad_request` if a key is invalid or the two differ. */
function oneKey(inBody: string | undefined, inHeader: string | undefined): string | undefined {
  if (inHeader === undefined) return inBody;
  const key = parse(clientMessageId, inHeader);
  if (inBody !== undefined && inBody !== key) {
    throw new AppError('bad_request', 'Idempotency-Key and client_message_id are not the same');
  }
  return key;
}
