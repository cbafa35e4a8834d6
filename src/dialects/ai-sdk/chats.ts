import { createHash } from 'node:crypto';
import type { Principal } from '../../account/principal.js';
import type { MessageHistory } from '../../conversation/history.js';
import type { SendResult } from '../../conversation/message-service.js';
import type { NamedConversations } from '../../conversation/named-conversations.js';
import type { Commands } from '../../gateway/commands.js';
import type { GenerationRef } from '../../generation/generation-log.js';
import { AppError } from '../../kernel/errors.js';
import type { Message } from '../../protocol/message.js';
import type { UiChat } from '../../schemas/ai-sdk-schemas.js';
import { type NewestMessage, newestMessage } from '../newest-message.js';
import type { Sender } from '../sender.js';

/** Over HTTP; upgraded, over a WebSocket. */
export const CHAT_PATH = '/api/ai-sdk/chat';

export interface ChatsPorts {
  readonly commands: Commands;
  readonly sender: Sender;
  readonly names: NamedConversations;
  readonly history: MessageHistory;
}

/** What a client of the AI SDK may do with a chat, the same over HTTP and over a WebSocket. A chat goes by the client's own name. */
export class Chats {
  readonly #ports: ChatsPorts;

  constructor(ports: ChatsPorts) {
    this.#ports = ports;
  }

  /** Has a message answered, or an answer generated anew. @throws AppError as `Sender.send` and `Commands.regenerate` */
  submit(principal: Principal, chat: UiChat): Promise<SendResult> {
    return chat.trigger === 'submit-message'
      ? this.#send(principal, chat)
      : this.#regenerate(principal, chat);
  }

  /** The answer that runs or waits; undefined for none, and for a chat that has not begun. */
  async running({ userId }: Principal, name: string): Promise<GenerationRef | undefined> {
    const conversationId = await this.#ports.names.find(userId, name);
    return conversationId === undefined ? undefined : this.#ports.history.open(userId, conversationId);
  }

  /** Stops an answer. `ended` tells that it had ended before. @throws AppError `not_found` */
  stop(
    principal: Principal,
    { conversationId, messageId }: GenerationRef,
  ): Promise<{ message: Message; ended: boolean }> {
    return this.#ports.commands.stop(principal, conversationId, messageId);
  }

  async #send(principal: Principal, { id, messages, messageId }: UiChat): Promise<SendResult> {
    const { sender, names } = this.#ports;
    const newest = newestMessage(messages);
    const message = { key: newest.id, text: newest.text, files: newest.files };
    sender.check(message);
    const conversationId = await names.findOrMake(principal.userId, id);
    try {
      return await sender.send(principal, conversationId, message);
    } catch (error) {
      // The person changed a message that was sent before: the client keeps its id, but says so in `messageId`.
      const changed = error instanceof AppError && error.code === 'idempotency_mismatch';
      if (!changed || newest.id === undefined || messageId !== newest.id) throw error;
      return sender.send(principal, conversationId, { ...message, key: changedId(newest) });
    }
  }

  async #regenerate(principal: Principal, { id, messages, messageId }: UiChat): Promise<SendResult> {
    const { commands, names } = this.#ports;
    const conversationId = await names.find(principal.userId, id);
    const answer = conversationId && (await this.#answerMeant(conversationId, messages, messageId));
    if (!answer) throw new AppError('not_found', 'there is no answer to be generated anew');
    return commands.regenerate(principal, conversationId, answer, {});
  }

  /** A client names an answer, or a message of the user whose answer is meant, or nothing: the newest one is meant. */
  async #answerMeant(
    conversationId: string,
    messages: UiChat['messages'],
    messageId: string | null | undefined,
  ): Promise<string | undefined> {
    const { names } = this.#ports;
    const asked = messages.findLast(({ role }) => role === 'user')?.id;
    const named = messageId ?? asked;
    return (
      (await names.newestAnswer(conversationId, named)) ??
      (named === asked ? undefined : await names.newestAnswer(conversationId, asked)) ??
      names.newestAnswer(conversationId)
    );
  }
}

/** The `client_message_id` of a changed message: the same change, sent again, has the same one. */
function changedId({ id, text, files }: NewestMessage): string {
  const hash = createHash('sha256').update(`${id}\n${text}`);
  for (const file of files) hash.update(createHash('sha256').update(file).digest());
  return hash.digest('base64url');
}
