import type { Context } from 'koa';
import type { SendRequest } from '../../conversation/message-service.js';
import { AppError } from '../../kernel/errors.js';
import { clientMessageId, newMessage } from '../../schemas/message-schemas.js';
import { parse } from '../../schemas/validate.js';
import { bodyOf } from './body.js';

/** What the request asks to be sent. @throws AppError `bad_request` */
export function sendOf(ctx: Context): SendRequest {
  const { text, client_message_id, whenBusy } = bodyOf(ctx, newMessage);
  return { text, whenBusy, clientMessageId: clientMessageIdOf(ctx, client_message_id) };
}

/** The idempotency key: in the body, or as `Idempotency-Key`. @throws AppError `bad_request` for two that differ */
export function clientMessageIdOf(ctx: Context, inBody: string | undefined): string | undefined {
  const header = ctx.get('idempotency-key');
  if (header === '') return inBody;
  const inHeader = parse(clientMessageId, header);
  if (inBody !== undefined && inBody !== inHeader) {
    throw new AppError('bad_request', 'Idempotency-Key and client_message_id are not the same');
  }
  return inHeader;
}
