import type { Knex } from 'knex';
import type { NamedConversationStore } from '../../conversation/named-conversations.js';
import { rows } from './rows.js';

interface IdRow {
  readonly id: string;
}

/** Conversations by their clients' names, in Postgres. */
export class PostgresNamedConversationStore implements NamedConversationStore {
  readonly #database: Knex;
  readonly #newId: () => string;

  constructor(database: Knex, newId: () => string) {
    this.#database = database;
    this.#newId = newId;
  }

  async idOf(userId: string, name: string, id?: string): Promise<string | undefined> {
    // A conversation's own id goes before a name that somebody gave another one.
    const [row] = await rows<IdRow>(
      this.#database,
      `select id from conversations where user_id = ? and (id = ?::uuid or client_name = ?)
       order by id is not distinct from ?::uuid desc limit 1`,
      [userId, id ?? null, name, id ?? null],
    );
    return row?.id;
  }

  async make(userId: string, name: string, ephemeral: boolean): Promise<string> {
    for (;;) {
      const [made] = await rows<IdRow>(
        this.#database,
        `insert into conversations (id, user_id, client_name, ephemeral) values (?, ?, ?, ?)
         on conflict (user_id, client_name) where client_name is not null do nothing returning id`,
        [this.#newId(), userId, name, ephemeral],
      );
      if (made) return made.id;
      // Somebody else was first. If that one was deleted in between, the next insert makes another.
      const found = await this.idOf(userId, name);
      if (found !== undefined) return found;
    }
  }

  async newestAnswer(conversationId: string, message?: string): Promise<string | undefined> {
    const [row] = await rows<IdRow>(
      this.#database,
      `select a.id from messages a join messages u on u.id = a.reply_to
       where a.conversation_id = ? and (?::text is null or ?::text in (a.id::text, u.id::text) or exists (
         select from generations g
         where g.conversation_id = a.conversation_id and g.seq = u.seq and g.client_message_id = ?
       ))
       order by a.seq desc limit 1`,
      [conversationId, message ?? null, message ?? null, message ?? null],
    );
    return row?.id;
  }
}
