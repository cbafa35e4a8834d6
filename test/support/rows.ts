import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { uuidv7 } from 'uuidv7';
import type { Cipher } from '../../src/adapters/encryption/cipher.js';
import { PostgresConversationStore } from '../../src/adapters/postgres/conversation-store.js';
import { connectDatabase } from '../../src/adapters/postgres/database.js';
import { PostgresGenerationReader } from '../../src/adapters/postgres/generation-reader.js';
import { PostgresGenerationStore } from '../../src/adapters/postgres/generation-store.js';
import type { Accepted, AcceptRequest } from '../../src/conversation/conversation-store.js';
import type { GenerationRef } from '../../src/generation/generation-log.js';
import { openTestEncryption } from './encryption.js';
import { createDatabase } from './postgres.js';

/** The stores over a database of their own. */
export interface Rows {
  readonly url: string;
  readonly database: Knex;
  readonly cipher: Cipher;
  readonly conversations: PostgresConversationStore;
  readonly generations: PostgresGenerationStore;
  readonly reader: PostgresGenerationReader;
  close(): Promise<void>;
}

export async function openRows(): Promise<Rows> {
  const created = await createDatabase();
  const { url } = created;
  const database = connectDatabase(url, { poolMax: 20 });
  const { cipher } = await openTestEncryption(database);
  return {
    url,
    database,
    cipher,
    conversations: new PostgresConversationStore(database, uuidv7, 3600, 'test-model', cipher),
    generations: new PostgresGenerationStore(database, cipher),
    reader: new PostgresGenerationReader(database, 'test-model', cipher),
    async close() {
      await database.destroy();
      await created.drop();
    },
  };
}

/** A demo user's id. */
export async function newUser({ database }: Rows): Promise<string> {
  const id = uuidv7();
  await database('users').insert({ id, is_demo: true });
  return id;
}

export function request(
  userId: string,
  conversationId: string,
  fields: Partial<AcceptRequest> = {},
): AcceptRequest {
  return {
    userId,
    conversationId,
    clientMessageId: randomUUID(),
    requestHash: Buffer.from('hash'),
    operation: { kind: 'send', text: 'What helps?', whenBusy: 'queue' },
    overLimit: false,
    queueAvailable: true,
    ...fields,
  };
}

export type AcceptedMessage = Extract<Accepted, { kind: 'accepted' }>;

/** Accepts a message that must be accepted. */
export async function accept(rows: Rows, asked: AcceptRequest): Promise<AcceptedMessage> {
  const accepted = await rows.conversations.accept(asked);
  if (accepted.kind !== 'accepted') throw new Error(`not accepted: ${accepted.kind}`);
  return accepted;
}

/** What could be claimed now, in no order. */
export async function claimable({ database }: Rows): Promise<readonly GenerationRef[]> {
  const found = await database('generations')
    .whereNull('ended_at')
    .whereNotNull('turn')
    .andWhereRaw('(lease_until is null or lease_until < now())')
    .select<{ id: string; conversation_id: string; seq: number }[]>('id', 'conversation_id', 'seq');
  return found.map(({ id, conversation_id, seq }) => ({
    conversationId: conversation_id,
    messageId: id,
    seq,
  }));
}
