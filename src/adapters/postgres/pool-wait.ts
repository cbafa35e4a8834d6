import type { Knex } from 'knex';

/** What is of interest here of knex's pool. It serves its waiters in order. */
interface Pool {
  on(
    event: 'acquireRequest' | 'acquireSuccess' | 'acquireFail',
    listener: (request: number) => void,
  ): unknown;
}

/** How long the oldest of the statements that wait for a connection has waited, in ms; 0 when none waits. */
export function poolWait(database: Knex): () => number {
  const pool = database.client.pool as Pool;
  /** When each began to wait, the oldest first. */
  const waiting = new Map<number, number>();
  const remove = (request: number): void => void waiting.delete(request);
  pool.on('acquireRequest', (request) => waiting.set(request, performance.now()));
  pool.on('acquireSuccess', remove);
  pool.on('acquireFail', remove);
  return () => {
    const [since] = waiting.values();
    return since === undefined ? 0 : performance.now() - since;
  };
}
