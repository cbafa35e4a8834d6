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
