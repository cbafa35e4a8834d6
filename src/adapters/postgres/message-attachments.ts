import type { Knex } from 'knex';
import { isId } from '../../conversation/ids.js';
import { rows } from './rows.js';

/** The attachment `a` as clients see it, as JSON. */
export const ATTACHMENT_JSON = `
  json_strip_nulls(json_build_object(
    'id', a.id, 'kind', a.kind, 'mediaType', a.media_type, 'bytes', a.bytes, 'width', a.width, 'height', a.height,
    'durationMs', a.duration_ms, 'transcript', a.transcript))`;

/** Those of the message `m`, in its order; null without any. */
export const ATTACHMENTS_COLUMN = `
  case when m.role = 'user' then (
    select json_agg(${ATTACHMENT_JSON} order by a.position) from attachments a where a.message_id = m.id
  ) end as attachments`;

/**
 * Locks attachments that a message is to get, until the transaction ends: two messages that come at once cannot both have
 * one. False when one of them is not the user's, or a message has it already.
 */
export async function holdAttachments(
  transaction: Knex.Transaction,
  userId: string,
  ids: readonly string[],
): Promise<boolean> {
  if (ids.length === 0) return true;
  if (!ids.every(isId)) return false;
  const held = await rows(
    transaction,
    `select id from attachments where id = any(?::uuid[]) and user_id = ? and message_id is null
     order by id for update`,
    [[...ids], userId],
  );
  return held.length === ids.length;
}

/** Gives the message the attachments that the transaction holds. */
export async function linkAttachments(
  transaction: Knex.Transaction,
  messageId: string,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  await rows(
    transaction,
    `update attachments a set message_id = ?, position = given.position
     from unnest(?::uuid[]) with ordinality as given (id, position) where a.id = given.id`,
    [messageId, [...ids]],
  );
}
