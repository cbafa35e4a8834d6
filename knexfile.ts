import type { Knex } from 'knex';
import { migrations } from './src/adapters/postgres/migrate.js';

/** For knex's own commands: `NODE_OPTIONS='--import tsx' npx knex migrate:status`. */
const config: Knex.Config = {
  client: 'pg',
  connection: process.env['DATABASE_URL'] ?? 'postgres://127.0.0.1/veda',
  migrations,
};

export default config;
