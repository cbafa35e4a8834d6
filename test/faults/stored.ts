import type { Redis } from 'ioredis';
import { Client } from 'pg';
import { keysOf } from '../../src/adapters/redis/keys.js';

/** An answer as Postgres has it, with what was asked. */
export interface Row {
  readonly id: string;
  readonly seq: number;
  readonly key: string;
  readonly status: string;
  readonly ended: boolean;
  readonly content: string;
  readonly question: string;
  readonly attempts: number;
  readonly error: string | null;
}

const ROWS = `
  select g.id, g.seq, g.client_message_id as key, g.status, g.ended_at is not null as ended, m.content,
    q.content as question, g.attempt as attempts, g.error_code as error
  from generations g join messages m on m.id = g.id join messages q on q.id = m.reply_to
  where g.conversation_id = $1 order by g.seq`;

/** How often a database that is away is asked again. */
const TRIES = 100;
const AGAIN_MS = 100;

/** Workers look for what is to be removed every 10 s. */
const PURGE_MS = 120_000;

/** What is in Postgres and Redis, past all that is between them and the product. */
export class Stored {
  readonly #url: string;
  readonly #redis: Redis;

  constructor(databaseUrl: string, redis: Redis) {
    this.#url = databaseUrl;
    this.#redis = redis;
  }

  /** The answers of a conversation, oldest first. */
  async rows(conversation: string): Promise<Row[]> {
    return this.#query<Row>(ROWS, conversation);
  }

  /** The questions whose answers a worker has claimed. */
  async heldBy(worker: string): Promise<string[]> {
    const held = await this.#query<{ key: string }>(
      `select client_message_id as key from generations where worker = nullif($1, '')::uuid and ended_at is null`,
      worker,
    );
    return held.map(({ key }) => key);
  }

  /** How many rows a deleted conversation still has, after workers had ten times the usual time to remove them. */
  async countAfterPurge(conversation: string): Promise<number> {
    const until = performance.now() + PURGE_MS;
    for (;;) {
      const count = await this.#count(conversation);
      if (count === 0 || performance.now() > until) return count;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  /** How many rows of any kind a conversation has. */
  async #count(conversation: string): Promise<number> {
    const [row] = await this.#query<{ count: number }>(
      `select ((select count(*) from conversations where id = $1) + (select count(*) from messages where conversation_id = $1)
         + (select count(*) from generations where conversation_id = $1))::int as count`,
      conversation,
    );
    return row?.count ?? 0;
  }

  /** The text that an answer's log has, if there is one. */
  async logText(conversationId: string, messageId: string): Promise<string | undefined> {
    const [text] = keysOf({ conversationId, messageId, seq: 0 });
    return (await this.#redis.get(text)) ?? undefined;
  }

  /** The keys that have `text` in them or in their values, of whatever type they are. */
  async keysWith(text: RegExp): Promise<string[]> {
    const found: string[] = [];
    for (const key of await this.#redis.keys('*')) {
      if (text.test(key) || text.test(await this.#valueOf(key))) found.push(key);
    }
    return found;
  }

  async #valueOf(key: string): Promise<string> {
    switch (await this.#redis.type(key)) {
      case 'string':
        return (await this.#redis.get(key)) ?? '';
      case 'hash':
        return JSON.stringify(await this.#redis.hgetall(key));
      case 'list':
        return (await this.#redis.lrange(key, 0, -1)).join('\n');
      case 'set':
        return (await this.#redis.smembers(key)).join('\n');
      case 'zset':
        return (await this.#redis.zrange(key, '0', '-1')).join('\n');
      case 'stream':
        return JSON.stringify(await this.#redis.xrange(key, '-', '+'));
      default:
        return '';
    }
  }

  async #query<T extends object>(sql: string, id: string): Promise<T[]> {
    for (let tries = 1; ; tries++) {
      const client = new Client(this.#url);
      client.on('error', () => {});
      try {
        await client.connect();
        return (await client.query<T>(sql, [id])).rows;
      } catch (error) {
        if (tries === TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      } finally {
        await client.end().catch(() => {});
      }
    }
  }
}
