import type { Knex } from 'knex';
import type { AttachmentFolder } from '../attachments/attachment-folder.js';
import type { Cipher } from '../encryption/cipher.js';
import { placeOf } from '../encryption/place-of.js';
import { MARK } from '../encryption/stored-text.js';
import { rows } from './rows.js';

/** Rows of one step: some may have a megabyte of text. */
const ROWS = 25;
/** Of 256 KiB each. */
const PIECES = 8;
/** Each may be as large as MAX_ATTACHMENT_BYTES. */
const FILES = 1;

/** A table whose rows may have been stored before encryption was switched on. */
export interface Table {
  readonly name: string;
  /** The rows that follow the one with this key; from the first for an empty key. */
  after(transaction: Knex.Transaction, key: readonly string[]): Promise<readonly Row[]>;
}

interface Row {
  readonly key: readonly string[];
  /** Encrypts it. Absent when it is encrypted, empty, or of a user who is gone. */
  readonly update?: (cipher: Cipher) => Promise<void>;
}

const NO_ID = '00000000-0000-0000-0000-000000000000';

/** Text that is there and not encrypted. */
const plain = (column: string): string =>
  `case when left(${column}, 2) <> '${MARK}s' and ${column} <> '' then ${column} end`;

/**
 * A column of text in a table whose key is `id`. An update applies only if the column still holds what was read. If it does not,
 * somebody has written since, and that text is encrypted already.
 */
function textColumn(table: string, column: string, owner: string, place: (id: string) => string): Table {
  return {
    name: `${table}.${column}`,
    async after(transaction, [id = NO_ID]) {
      const found = await rows<{ id: string; user_id: string | null; plain: string | null }>(
        transaction,
        `select t.id, ${owner} as user_id, ${plain(`t.${column}`)} as plain
         from ${table} t where t.id > ? order by t.id limit ${ROWS}`,
        [id],
      );
      return found.map(({ id, user_id: userId, plain: stored }) => {
        if (stored === null || userId === null) return { key: [id] };
        const update = async (cipher: Cipher): Promise<void> => {
          const text = await cipher.open(place(id), stored);
          const sealed = await cipher.seal({ userId }, place(id), text);
          await rows(transaction, `update ${table} set ${column} = ? where id = ? and ${column} = ?`, [
            sealed,
            id,
            stored,
          ]);
        };
        return { key: [id], update };
      });
    },
  };
}

const OF_MESSAGE =
  '(select c.user_id from messages m join conversations c on c.id = m.conversation_id where m.id = t.id)';
const OF_CONVERSATION = '(select c.user_id from conversations c where c.id = t.conversation_id)';

const pieces: Table = {
  name: 'attachment_pieces.content',
  async after(transaction, [id = NO_ID, position = '-1']) {
    const found = await rows<{
      id: string;
      position: number;
      content: Buffer | null;
      user_id: string | null;
    }>(
      transaction,
      `select p.attachment_id as id, p.position, case when not p.sealed then p.content end as content, a.user_id
       from attachment_pieces p join attachments a on a.id = p.attachment_id
       where (p.attachment_id, p.position) > (?::uuid, ?::integer)
       order by p.attachment_id, p.position limit ${PIECES}`,
      [id, position],
    );
    return found.map(({ id, position, content, user_id: userId }) => {
      const key = [id, String(position)];
      if (content === null || userId === null) return { key };
      const update = async (cipher: Cipher): Promise<void> => {
        await rows(
          transaction,
          'update attachment_pieces set content = ?, sealed = true where attachment_id = ? and position = ? and not sealed',
          [await cipher.sealBytes({ userId }, placeOf.piece(id, position), content), id, position],
        );
      };
      return { key, update };
    });
  },
};

/**
 * Files of attachments. One is encrypted as a whole and takes the old one's place. Its row is locked until the step ends, because
 * a deletion in between would remove the old file and leave the new one.
 */
function files(folder: AttachmentFolder): Table {
  return {
    name: 'files of attachments',
    async after(transaction, [id = NO_ID]) {
      const found = await rows<{ id: string; user_id: string | null }>(
        transaction,
        `select id, user_id from attachments where in_folder and id > ? order by id limit ${FILES} for key share`,
        [id],
      );
      return found.map(({ id, user_id: userId }) =>
        userId === null ? { key: [id] } : { key: [id], update: () => folder.encrypt(userId, id) },
      );
    },
  };
}

interface RequestRow {
  readonly conversation_id: string;
  readonly client_message_id: string;
  readonly user_id: string | null;
  readonly turns: string | null;
  readonly fields: string | null;
  readonly files: string | null;
}

const requests: Table = {
  name: 'dialect_requests',
  async after(transaction, [conversation = NO_ID, key = '']) {
    const found = await rows<RequestRow>(
      transaction,
      `select t.conversation_id, t.client_message_id, ${OF_CONVERSATION} as user_id, ${plain('t.turns')} as turns,
         ${plain('t.fields')} as fields, ${plain('t.files')} as files
       from dialect_requests t where (t.conversation_id, t.client_message_id) > (?::uuid, ?)
       order by t.conversation_id, t.client_message_id limit ${ROWS}`,
      [conversation, key],
    );
    return found.map((row) => {
      const { conversation_id: id, client_message_id: messageKey, user_id: userId } = row;
      const rowKey = [id, messageKey];
      if (userId === null) return { key: rowKey };
      const update = async (cipher: Cipher): Promise<void> => {
        for (const column of ['turns', 'fields', 'files'] as const) {
          const stored = row[column];
          if (stored === null) continue;
          const sealed = await cipher.seal({ userId }, placeOf.request(column, id, messageKey), stored);
          await rows(
            transaction,
            `update dialect_requests set ${column} = ? where conversation_id = ? and client_message_id = ?`,
            [sealed, id, messageKey],
          );
        }
      };
      return { key: rowKey, update };
    });
  },
};

/** Hashes of requests: a plain one has 32 bytes. */
const hashes: Table = {
  name: 'generations.request_hash',
  async after(transaction, [id = NO_ID]) {
    const found = await rows<{ id: string; user_id: string | null; hash: Buffer | null }>(
      transaction,
      `select t.id, ${OF_CONVERSATION} as user_id,
         case when octet_length(t.request_hash) = 32 then t.request_hash end as hash
       from generations t where t.id > ? order by t.id limit ${ROWS}`,
      [id],
    );
    return found.map(({ id, user_id: userId, hash }) => {
      if (hash === null || userId === null) return { key: [id] };
      const update = async (cipher: Cipher): Promise<void> => {
        await rows(transaction, 'update generations set request_hash = ? where id = ? and request_hash = ?', [
          await cipher.hmac({ userId }, hash),
          id,
          hash,
        ]);
      };
      return { key: [id], update };
    });
  },
};

/** Everything in the database that is encrypted. */
const TABLES: readonly Table[] = [
  textColumn('messages', 'content', OF_CONVERSATION, placeOf.message),
  textColumn('message_sources', 'sources', OF_MESSAGE, placeOf.sources),
  textColumn('message_feedback', 'comment', OF_CONVERSATION, placeOf.feedback),
  textColumn('conversations', 'title', 't.user_id', placeOf.title),
  textColumn('attachments', 'transcript', 't.user_id', placeOf.transcript),
  pieces,
  requests,
  hashes,
];

/** Everything that is encrypted. */
export function backlog(folder: AttachmentFolder | undefined): readonly Table[] {
  return folder ? [...TABLES, files(folder)] : TABLES;
}
