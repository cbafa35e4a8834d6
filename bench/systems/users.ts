import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { Client } from 'pg';
import { SECRET } from '../../test/support/token.js';

/** A limit of streams a user must not be what is measured: so many clients share a user at most. */
const CLIENTS_PER_USER = 20;

/** Adds users for `clients` clients to the database. One access token a client. */
export async function tokensFor(databaseUrl: string, clients: number): Promise<string[]> {
  const database = new Client(databaseUrl);
  await database.connect();
  try {
    const ids = Array.from({ length: Math.ceil(clients / CLIENTS_PER_USER) }, () => randomUUID());
    await database.query(
      `insert into users (id, email, password_hash)
       select id, id::text || '@example.org', '-' from unnest($1::uuid[]) as id`,
      [ids],
    );
    const tokens = ids.map((sub) => jwt.sign({ sub }, SECRET, { expiresIn: '1d' }));
    return Array.from({ length: clients }, (_, at) => tokens[Math.floor(at / CLIENTS_PER_USER)] ?? '');
  } finally {
    await database.end();
  }
}
