import { Client, type QueryConfig } from 'pg';

/**
 * Calls `look` with each query that this process sends to Postgres. knex's own event `query` does not have them all: most
 * statements pass by its query builder (`adapters/postgres/rows.ts`).
 */
export function onEachQuery(look: (query: QueryConfig) => void): { restore(): void } {
  const prototype: { query(query: QueryConfig): unknown } = Client.prototype;
  const original = Object.getOwnPropertyDescriptor(prototype, 'query');
  const send = original?.value as (this: unknown, query: QueryConfig) => unknown;
  prototype.query = function (query) {
    look(query);
    return send.call(this, query);
  };
  return { restore: () => void Object.defineProperty(prototype, 'query', original ?? {}) };
}
