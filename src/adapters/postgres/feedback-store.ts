import type { Knex } from 'knex';
import type { FeedbackStore } from '../../conversation/feedback.js';
import type { Feedback, FeedbackReason } from '../../protocol/feedback.js';
import type { Cipher } from '../encryption/cipher.js';
import { placeOf } from '../encryption/place-of.js';
import { rows } from './rows.js';

/** A rating as operators get it: without the texts of the conversation, and without who rated. */
export interface RatedAnswer extends Feedback {
  readonly messageId: string;
  readonly conversationId: string;
  readonly model: string | null;
  readonly ratedAt: string;
}

interface RatedRow {
  readonly id: string;
  readonly conversation_id: string;
  readonly rating: Feedback['rating'];
  readonly reason: FeedbackReason | null;
  readonly comment: string | null;
  readonly model: string | null;
  readonly rated_at: Date;
}

/** Ratings that are read at once. */
const PAGE = 200;

const NO_ID = '00000000-0000-0000-0000-000000000000';

export class PostgresFeedbackStore implements FeedbackStore {
  readonly #database: Knex;
  readonly #cipher: Cipher;

  constructor(database: Knex, cipher: Cipher) {
    this.#database = database;
    this.#cipher = cipher;
  }

  async rate(
    userId: string,
    id: string,
    messageId: string,
    feedback: Feedback,
  ): Promise<Feedback | undefined> {
    const { rating, reason = null, comment } = feedback;
    const sealed =
      comment === undefined
        ? null
        : await this.#cipher.seal({ userId }, placeOf.feedback(messageId), comment);
    const [rated] = await rows(
      this.#database,
      `insert into message_feedback (id, conversation_id, rating, reason, comment)
       select g.id, c.id, ?, ?, ? from generations g join conversations c on c.id = g.conversation_id
       where g.id = ? and c.id = ? and c.user_id = ? and g.ended_at is not null
       on conflict (id) do update
         set rating = excluded.rating, reason = excluded.reason, comment = excluded.comment, rated_at = now()
       returning id`,
      [rating, reason, sealed, messageId, id, userId],
    );
    return rated === undefined ? undefined : feedback;
  }

  async unrate(userId: string, id: string, messageId: string): Promise<true | undefined> {
    const [answer] = await rows(
      this.#database,
      `with answer as (
         select g.id from generations g join conversations c on c.id = g.conversation_id
         where g.id = ? and c.id = ? and c.user_id = ?
       ), unrated as (delete from message_feedback where id in (select id from answer))
       select id from answer`,
      [messageId, id, userId],
    );
    return answer === undefined ? undefined : true;
  }

  /** All ratings since then, oldest first. @throws EncryptionError */
  async *since(from: Date): AsyncGenerator<RatedAnswer> {
    let after = { time: from, id: NO_ID };
    for (;;) {
      const page = await rows<RatedRow>(
        this.#database,
        `select f.id, f.conversation_id, f.rating, f.reason, f.comment, f.rated_at, g.model
         from message_feedback f join generations g on g.id = f.id
           join conversations c on c.id = f.conversation_id and c.user_id is not null
         where (f.rated_at, f.id) > (?::timestamptz, ?::uuid) order by f.rated_at, f.id limit ${PAGE}`,
        [after.time, after.id],
      );
      for (const row of page) yield await this.#rated(row);
      const last = page.at(-1);
      if (!last) return;
      after = { time: last.rated_at, id: last.id };
    }
  }

  async #rated(row: RatedRow): Promise<RatedAnswer> {
    const comment =
      row.comment === null ? undefined : await this.#cipher.open(placeOf.feedback(row.id), row.comment);
    return {
      ratedAt: row.rated_at.toISOString(),
      rating: row.rating,
      ...(row.reason !== null && { reason: row.reason }),
      ...(comment !== undefined && { comment }),
      messageId: row.id,
      conversationId: row.conversation_id,
      model: row.model,
    };
  }
}
