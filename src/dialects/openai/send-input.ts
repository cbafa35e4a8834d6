import { randomUUID } from 'node:crypto';
import type { Context } from 'koa';
import type { SendResult } from '../../conversation/message-service.js';
import type { OpenStream, StreamEnd } from '../../gateway/open-streams.js';
import { AppError } from '../../kernel/errors.js';
import { clientMessageId } from '../../schemas/message-schemas.js';
import { parse } from '../../schemas/validate.js';
import { principalOf } from '../../transports/request/authenticate.js';
import { setQuota } from '../../transports/request/quota.js';
import { setAccepted } from './errors.js';
import type { Input } from './input.js';
import type { OpenAiPorts } from './openai-routes.js';
import type { ResponseFields } from './response-object.js';

export interface InputToSend {
  /** The conversation's id, or the name of one that is made if there is none. */
  readonly conversation: string | { readonly name: string; readonly ephemeral: boolean };
  /** The message's `client_message_id`. */
  readonly key: string;
  readonly input: Input;
  /** As `modelOf` gives it. */
  readonly model: string;
  readonly fields: Partial<ResponseFields>;
}

/**
 * Keeps what came beside the message, then sends it. From then on the client is told not to send it again.
 * @throws AppError `bad_request`, `idempotency_mismatch`, and those of `Commands.send`
 */
export async function sendInput(
  { names, sender, models }: OpenAiPorts,
  ctx: Context,
  { conversation, key, input, model, fields }: InputToSend,
): Promise<SendResult> {
  const principal = principalOf(ctx);
  // The default goes without its name, so that a message whose model was not named is the same message.
  const named = model === models.names[0] ? undefined : model;
  const message = { key, ...input, model: named, fields };
  sender.check(message);
  const conversationId =
    typeof conversation === 'string'
      ? conversation
      : await names.findOrMake(principal.userId, conversation.name, conversation);
  const sent = await sender.send(principal, conversationId, message);
  if (sent.quota) setQuota(ctx, sent.quota);
  setAccepted(ctx);
  return sent;
}

/** The client's `Idempotency-Key`, or a new one. @throws AppError `bad_request` for one that is too long. */
export function keyOf(ctx: Context): string {
  return parse(clientMessageId, ctx.get('idempotency-key') || randomUUID());
}

/** Lets the client's going end the wait for an answer. */
export function closeWithClient({ res }: Context, { close }: OpenStream): void {
  res.once('close', close);
  // A client that went before this line will not be heard to go.
  if (res.closed) close();
}

/** Whether it was the client that ended the stream, and not this gateway, which gives its reason. */
export function isHungUp({ signal }: OpenStream): boolean {
  return signal.aborted && typeof signal.reason !== 'string';
}

/** Why the wait for an answer ended before the answer. */
export function cutOff({ signal }: OpenStream): AppError {
  const reason: StreamEnd | undefined = signal.reason === 'token_expired' ? 'token_expired' : undefined;
  return reason
    ? new AppError(reason, 'the token has expired')
    : new AppError('draining', 'the server is restarting', { retryAfter: 1 });
}
