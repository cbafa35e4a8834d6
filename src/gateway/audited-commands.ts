import type { Principal } from '../account/principal.js';
import { isId } from '../conversation/ids.js';
import type { MessageService, SendResult } from '../conversation/message-service.js';
import type { Audit, AuditKind } from '../kernel/audit.js';
import { toAppError } from '../kernel/errors.js';
import type { Message } from '../protocol/message.js';
import { Commands } from './commands.js';

/** Where the socket of a principal came from. */
export type AddressOf = (principal: Principal) => string | undefined;

/** Records every command of a socket, and what a stream of all conversations reads. HTTP records requests instead. */
export class AuditedCommands extends Commands {
  readonly #audit: Audit;
  readonly #addressOf: AddressOf;
  readonly #reading: string;

  /** @param reading the operation under which a conversation that is followed is recorded */
  constructor(messages: MessageService, audit: Audit, addressOf: AddressOf, reading = 'socketRead') {
    super(messages);
    this.#audit = audit;
    this.#addressOf = addressOf;
    this.#reading = reading;
  }

  override async send(
    principal: Principal,
    conversationId: unknown,
    fields: unknown,
    idempotencyKey?: string,
  ): Promise<SendResult> {
    return this.#recorded('socketSend', 'create', principal, conversationId, () =>
      super.send(principal, conversationId, fields, idempotencyKey),
    );
  }

  override async regenerate(
    principal: Principal,
    conversationId: unknown,
    messageId: unknown,
    fields: unknown,
    idempotencyKey?: string,
  ): Promise<SendResult> {
    return this.#recorded('socketRegenerate', 'create', principal, conversationId, () =>
      super.regenerate(principal, conversationId, messageId, fields, idempotencyKey),
    );
  }

  override async stop(
    principal: Principal,
    conversationId: unknown,
    messageId?: unknown,
  ): Promise<{ message: Message; ended: boolean }> {
    return this.#recorded('socketStop', 'execute', principal, conversationId, () =>
      super.stop(principal, conversationId, messageId),
    );
  }

  override async follow<T>(
    principal: Principal,
    conversationId: string,
    begin: () => Promise<T>,
  ): Promise<T> {
    return this.#recorded(this.#reading, 'read', principal, conversationId, begin);
  }

  async #recorded<T>(
    operation: string,
    kind: AuditKind,
    principal: Principal,
    conversationId: unknown,
    act: () => Promise<T>,
  ): Promise<T> {
    const { userId, sessionId } = principal;
    const event = {
      operation,
      kind,
      userId,
      sessionId,
      ...(typeof conversationId === 'string' &&
        isId(conversationId) && { conversationId: conversationId.toLowerCase() }),
      address: this.#addressOf(principal),
    };
    try {
      const result = await act();
      this.#audit.record({ ...event, outcome: 'success' });
      return result;
    } catch (error) {
      const { code, status } = toAppError(error);
      if (status >= 500) this.#audit.record({ ...event, outcome: 'failed', code });
      else if (REFUSALS.has(code)) this.#audit.record({ ...event, outcome: 'refused', code });
      throw error;
    }
  }
}

/** Other errors say that a request made no sense: nothing was accessed. */
const REFUSALS: ReadonlySet<string> = new Set([
  'unauthorized',
  'token_expired',
  'forbidden',
  'not_found',
  'rate_limited',
]);
