import type { Knex } from 'knex';
import type { ConversationState } from '../../conversation/conversation-store.js';
import type { AttemptStart } from '../../generation/attempts.js';
import type { Cipher } from '../encryption/cipher.js';
import { placeOf } from '../encryption/place-of.js';
import { MARK } from '../encryption/stored-text.js';
import { ATTEMPTS_COLUMN } from './message-row.js';
import { rows } from './rows.js';

interface ConversationStateRow {
  readonly last_seq: number;
  readonly id: string | null;
  readonly seq: number;
  readonly attempts: readonly AttemptStart[];
  readonly bytes: number | null;
  readonly byte: number | null;
  /** The whole text, where it is stored in another form, so that its bytes are not those of the answer. */
  readonly marked: string | null;
  readonly open: boolean;
}

/** Cursors of clients may hold larger numbers than Postgres' `integer`: nothing is there either. */
const LARGEST = 2_147_483_647;

/** Where the user's conversation stands: its last generation, the one asked about, and the one that runs. One query. */
export async function conversationState(
  database: Knex,
  cipher: Cipher,
  userId: string,
  conversationId: string,
  seq?: number,
  position = 0,
): Promise<ConversationState | undefined> {
  const found = await rows<ConversationStateRow>(
    database,
    `with conversation as (
       select id, last_seq,
         (select min(o.seq) from generations o where o.conversation_id = c.id and o.ended_at is null) as open_seq
       from conversations c where id = ? and user_id = ?
     )
     select c.last_seq, g.id, g.seq, g.bytes, g.seq = c.open_seq as open, ${ATTEMPTS_COLUMN},
       case when ?::bigint < g.bytes and left(m.content, 1) <> '${MARK}'
         then get_byte(convert_to(m.content, 'UTF8'), ?::integer) end as byte,
       case when ?::bigint < g.bytes and left(m.content, 1) = '${MARK}' then m.content end as marked
     from conversation c
     left join generations g on g.conversation_id = c.id and g.seq in (coalesce(?::integer, c.last_seq), c.open_seq)
     left join messages m on m.id = g.id`,
    [
      conversationId,
      userId,
      position,
      Math.min(position, LARGEST),
      position,
      seq === undefined ? null : Math.min(seq, LARGEST),
    ],
  );
  const [first] = found;
  if (!first) return undefined;
  const asked = seq ?? first.last_seq;
  const refOf = (row: ConversationStateRow) => ({ conversationId, messageId: row.id ?? '', seq: row.seq });
  const generation = found.find((row) => row.id !== null && row.seq === asked);
  const open = found.find((row) => row.open);
  const byte = generation && (await byteAt(cipher, generation, position));
  return {
    last: first.last_seq,
    ...(open && { open: { ref: refOf(open), attempts: open.attempts } }),
    ...(generation && {
      generation: {
        ref: refOf(generation),
        attempts: generation.attempts,
        ...(generation.bytes !== null && { bytes: generation.bytes }),
        ...(byte !== undefined && { byte }),
      },
    }),
  };
}

async function byteAt(
  cipher: Cipher,
  { id, byte, marked }: ConversationStateRow,
  position: number,
): Promise<number | undefined> {
  if (marked === null || id === null) return byte ?? undefined;
  return Buffer.from(await cipher.open(placeOf.message(id), marked))[position];
}
