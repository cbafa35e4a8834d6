import type { Knex } from 'knex';
import type { GenerationRef } from '../../generation/generation-log.js';
import type { PurgeStore } from '../../worker/purger.js';
import type { AttachmentFolder } from '../attachments/attachment-folder.js';
import { PostgresAttachmentFiles } from './attachment-files.js';
import { disown } from './deletion.js';
import { rows } from './rows.js';
import { PostgresUserDeletion } from './user-deletion.js';

/** Rows of one step at the most. Each takes some 10 ms, so that nobody waits for it. */
const BATCH = 1000;
/** Conversations that one step deletes. */
const CONVERSATIONS = 200;
/** Attachments that one step removes, with their bytes. */
const ATTACHMENTS = 20;
/** A session may have many tokens, which go with it. */
const SESSIONS = 20;
/** How long what is over is kept, so that a refresh token that comes again is still known as used. */
const KEPT = `interval '1 day'`;
/** How long an upload may wait for its message. */
const UNUSED_KEPT = `interval '1 day'`;
/** Logs that one step erases. */
const LOGS = 100;
/**
 * How long an erasure waits after the deletion, in seconds. The log is erased at once, too; this second time meets text that
 * a worker gave back to its log at the very moment of the deletion.
 */
const ERASE_AFTER = 5;

export interface PurgeOptions {
  /** How long after its end an answer's log may still be there. */
  readonly logSeconds: number;
  /** Conversations in which nothing was said for so long are deleted. */
  readonly retentionDays?: number;
  /** How long after its last answer an ephemeral conversation is kept. Absent: none is erased. */
  readonly ephemeralSeconds?: number;
  /** Where files of attachments are. */
  readonly folder?: AttachmentFolder | undefined;
}

const DAY_MS = 86_400_000;

/** The lowest id of version 7 (RFC 9562) that a row made at this time can have. */
function lowestId(ms: number): string {
  const time = Math.max(0, ms).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}

const NO_ID = '00000000-0000-0000-0000-000000000000';

/** Removes what nobody can reach any more, a batch at a time. Any number of processes may do so at once. */
export class PostgresPurge implements PurgeStore {
  readonly #database: Knex;
  readonly #options: PurgeOptions;
  readonly #users: PostgresUserDeletion;
  readonly #files: PostgresAttachmentFiles | undefined;
  /** Up to which conversation the ages have been looked at. */
  #lookedAt = NO_ID;

  constructor(database: Knex, options: PurgeOptions) {
    const { logSeconds, folder } = options;
    this.#database = database;
    this.#options = options;
    this.#users = new PostgresUserDeletion(database, logSeconds);
    this.#files = folder && new PostgresAttachmentFiles(database, folder);
  }

  async logsToErase(): Promise<readonly GenerationRef[]> {
    const found = await rows<{ generation_id: string; conversation_id: string; seq: number }>(
      this.#database,
      `select generation_id, conversation_id, seq from log_erasures
       where created_at < now() - interval '${ERASE_AFTER} seconds' limit ${LOGS}`,
      [],
    );
    return found.map((row) => ({
      conversationId: row.conversation_id,
      messageId: row.generation_id,
      seq: row.seq,
    }));
  }

  async logsErased(refs: readonly GenerationRef[]): Promise<void> {
    await this.#database.raw('delete from log_erasures where generation_id = any(?::uuid[])', [
      refs.map(({ messageId }) => messageId),
    ]);
  }

  async purge(): Promise<boolean> {
    const steps = [
      () => this.#users.eraseSome(),
      () => this.#oldConversations(),
      () => this.#ephemeral(),
      () => this.#conversations(),
      () => this.#unusedAttachments(),
      () => this.#tickets(),
      () => this.#tokens(),
      () => this.#sessions(),
      () => this.#tokenUsage(),
      // The last ones: a folder that is away keeps nothing else from being removed.
      () => this.#erasedFiles(),
    ];
    let more = false;
    for (const step of steps) more = (await step()) || more;
    return more;
  }

  /**
   * Deletes conversations that nobody has used for too long. Each call looks at the next page of those that are old enough
   * by their id, which holds when they were made; so no index on `updated_at` has to be kept with every message. One round
   * over a million takes some hours.
   */
  async #oldConversations(): Promise<boolean> {
    const { retentionDays, logSeconds } = this.#options;
    if (retentionDays === undefined) return false;
    const page = await rows<{ id: string; unused: boolean }>(
      this.#database,
      `select id, updated_at < now() - make_interval(days => ?) and user_id is not null as unused
       from conversations where id > ? and id < ? order by id limit ${BATCH}`,
      [retentionDays, this.#lookedAt, lowestId(Date.now() - retentionDays * DAY_MS)],
    );
    const unused = page.filter((row) => row.unused).map(({ id }) => id);
    const deleting = unused.slice(0, CONVERSATIONS);
    if (deleting.length > 0) {
      await this.#database.transaction(async (transaction) => {
        // Again: somebody may have written in the meantime.
        const locked = await rows<{ id: string }>(
          transaction,
          `select id from conversations where id = any(?::uuid[]) and user_id is not null
             and updated_at < now() - make_interval(days => ?) order by id for update skip locked`,
          [deleting, retentionDays],
        );
        const ids = locked.map(({ id }) => id);
        await disown(transaction, ids, logSeconds);
      });
    }
    const left = unused.length > deleting.length;
    const last = left ? deleting.at(-1) : page.length === BATCH ? page.at(-1)?.id : undefined;
    this.#lookedAt = last ?? NO_ID;
    return left;
  }

  /** Conversations that were kept only for as long as a client may resume their answer. */
  #ephemeral(): Promise<boolean> {
    const { ephemeralSeconds, logSeconds } = this.#options;
    if (ephemeralSeconds === undefined) return Promise.resolve(false);
    return this.#database.transaction(async (transaction) => {
      const over = await rows<{ id: string }>(
        transaction,
        `select id from conversations c
         where ephemeral and user_id is not null and updated_at < now() - make_interval(secs => ?)
           and not exists (select from generations g where g.conversation_id = c.id and g.ended_at is null)
         order by updated_at limit ${CONVERSATIONS} for update skip locked`,
        [ephemeralSeconds],
      );
      await disown(
        transaction,
        over.map(({ id }) => id),
        logSeconds,
      );
      return over.length === CONVERSATIONS;
    });
  }

  /** The newest messages of some deleted conversations, then those that are empty. Generations go with their messages. */
  #conversations(): Promise<boolean> {
    return this.#database.transaction(async (transaction) => {
      const deleted = await rows<{ id: string }>(
        transaction,
        `select id from conversations where user_id is null order by id limit ${CONVERSATIONS} for update skip locked`,
        [],
      );
      if (deleted.length === 0) return false;
      const ids = deleted.map(({ id }) => id);
      const messages = await rows<{ id: string }>(
        transaction,
        `select id from messages where conversation_id = any(?::uuid[])
         order by conversation_id, seq desc, role desc limit ${BATCH}`,
        [ids],
      );
      const messageIds = messages.map(({ id }) => id);
      // A few at a time, and before their messages: each may be 10 MB.
      const attachments = await rows(
        transaction,
        `delete from attachments where id = any(array(
           select id from attachments where message_id = any(?::uuid[]) limit ${ATTACHMENTS}
         )) returning id`,
        [messageIds],
      );
      if (attachments.length === ATTACHMENTS) return true;
      await rows(transaction, 'delete from messages where id = any(?::uuid[])', [messageIds]);
      await rows(
        transaction,
        `delete from conversations c where id = any(?::uuid[]) and user_id is null
           and not exists (select from messages m where m.conversation_id = c.id)`,
        [ids],
      );
      return true;
    });
  }

  /** Those that no message got within a day, and those of users who are no more. */
  async #unusedAttachments(): Promise<boolean> {
    const removed = await rows(
      this.#database,
      `delete from attachments where id = any(array(
         select id from attachments
         where message_id is null and (created_at < now() - ${UNUSED_KEPT} or user_id is null)
         limit ${ATTACHMENTS} for update skip locked
       )) returning id`,
      [],
    );
    return removed.length === ATTACHMENTS;
  }

  /** Files of deleted attachments, and in passing those that never got a row. */
  async #erasedFiles(): Promise<boolean> {
    if (!this.#files) return false;
    const more = await this.#files.eraseSome();
    await this.#files.sweepSome();
    return more;
  }

  async #tickets(): Promise<boolean> {
    const removed = await rows(
      this.#database,
      `delete from stream_tickets where hash in (
         select hash from stream_tickets where expires_at < now() limit ${BATCH} for update skip locked
       ) returning hash`,
      [],
    );
    return removed.length === BATCH;
  }

  /** The oldest first: each is referred to by the one before it. */
  async #tokens(): Promise<boolean> {
    const removed = await rows(
      this.#database,
      `delete from refresh_tokens where hash in (
         select hash from refresh_tokens where used_at < now() - ${KEPT} order by used_at limit ${BATCH}
       ) returning hash`,
      [],
    );
    return removed.length === BATCH;
  }

  /** Of days that are over everywhere. */
  async #tokenUsage(): Promise<boolean> {
    const removed = await rows(
      this.#database,
      `delete from token_usage where (user_id, day) in (
         select user_id, day from token_usage where day < (now() at time zone 'utc')::date - 1
         limit ${BATCH} for update skip locked
       ) returning day`,
      [],
    );
    return removed.length === BATCH;
  }

  /** Those that expired or were ended; with demo users, who last as long as their session. */
  #sessions(): Promise<boolean> {
    return this.#database.transaction(async (transaction) => {
      const removed = await rows<{ user_id: string }>(
        transaction,
        `with expired as (
           select id from login_sessions where expires_at < now() - ${KEPT}
           order by expires_at limit ${SESSIONS} for update skip locked
         ), revoked as (
           select id from login_sessions where revoked_at < now() - ${KEPT}
           order by revoked_at limit ${SESSIONS} for update skip locked
         )
         delete from login_sessions where id in (select id from expired union select id from revoked)
         returning user_id`,
        [],
      );
      const demos = await rows<{ id: string }>(
        transaction,
        `select id from users u where id = any(?::uuid[]) and is_demo and deleted_at is null
           and not exists (select from login_sessions s where s.user_id = u.id)
         for update`,
        [removed.map(({ user_id }) => user_id)],
      );
      const ids = demos.map(({ id }) => id);
      const conversations = await rows<{ id: string }>(
        transaction,
        'select id from conversations where user_id = any(?::uuid[]) order by id for update',
        [ids],
      );
      // Their logs have expired long ago.
      await disown(
        transaction,
        conversations.map(({ id }) => id),
        0,
      );
      await transaction.raw('delete from users where id = any(?::uuid[])', [ids]);
      return removed.length >= SESSIONS || conversations.length > 0;
    });
  }
}
