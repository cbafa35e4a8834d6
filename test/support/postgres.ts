import { randomUUID } from 'node:crypto';
import { Client } from 'pg';

/** Migrated once a run; every database of a test is a copy of it. */
export const TEMPLATE = 'veda_template';

export interface TestDatabase {
  readonly url: string;
  /** Cuts off whoever is still connected. */
  drop(): Promise<void>;
}

/** A fresh, migrated database. */
export function createDatabase(): Promise<TestDatabase> {
  return create(`template ${TEMPLATE}`);
}

/** A database in which nothing is. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return create('template template0');
}

async function create(from: string): Promise<TestDatabase> {
  const server = process.env['VEDA_TEST_POSTGRES'];
  if (!server) throw new Error('VEDA_TEST_POSTGRES is not set: test/support/global-setup.ts has not run');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await withClient(server, (client) => client.query(`create database ${name} ${from}`));
  return {
    url: urlOfDatabase(server, name),
    drop: () => withClient(server, (client) => client.query(`drop database if exists ${name} with (force)`)),
  };
}

export async function withClient(url: string, use: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}

export function urlOfDatabase(server: string, name: string): string {
  return Object.assign(new URL(server), { pathname: `/${name}` }).href;
}
