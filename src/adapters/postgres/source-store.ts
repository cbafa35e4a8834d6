import type { Knex } from 'knex';
import type { GenerationRef } from '../../generation/generation-log.js';
import type { SourceStore } from '../../generation/sources.js';
import type { Source } from '../../protocol/source.js';
import { type Cipher, noCipher } from '../encryption/cipher.js';
import { placeOf } from '../encryption/place-of.js';
import { rows } from './rows.js';

/** What answers rest on, in Postgres. */
export class PostgresSourceStore implements SourceStore {
  readonly #database: Knex;
  readonly #cipher: Cipher;

  /** @param cipher how text is stored; as it is when absent */
  constructor(database: Knex, cipher: Cipher = noCipher) {
    this.#database = database;
    this.#cipher = cipher;
  }

  async find({ messageId }: GenerationRef): Promise<readonly Source[] | undefined> {
    const [row] = await rows<{ sources: string }>(
      this.#database,
      'select sources from message_sources where id = ?',
      [messageId],
    );
    if (!row) return undefined;
    return JSON.parse(await this.#cipher.open(placeOf.sources(messageId), row.sources)) as Source[];
  }

  async store(ref: GenerationRef, sources: readonly Source[]): Promise<readonly Source[] | undefined> {
    const { conversationId, messageId } = ref;
    const sealed = await this.#cipher.seal(
      { conversationId },
      placeOf.sources(messageId),
      JSON.stringify(sources),
    );
    await rows(
      this.#database,
      `insert into message_sources (id, sources) select id, ? from messages where id = ? on conflict (id) do nothing`,
      [sealed, messageId],
    );
    return this.find(ref);
  }
}
