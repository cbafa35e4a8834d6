import { PostgresSearchBacklog } from '../adapters/postgres/search-backlog.js';
import type { Logger } from '../kernel/logger.js';
import { inBatches, Loop } from '../kernel/loop.js';
import type { Lifecycle } from '../lifecycle.js';
import type { Infrastructure } from './infrastructure.js';

/** In every worker, after an upgrade from a release without the search: indexes the texts that were there. */
export async function startSearchIndexing(
  { database, clock }: Infrastructure,
  logger: Logger,
  lifecycle: Lifecycle,
): Promise<void> {
  const backlog = new PostgresSearchBacklog(database);
  if (!(await backlog.exists())) return;
  const loop = new Loop();
  const indexSome = async (): Promise<boolean> => {
    try {
      return await backlog.indexSome();
    } catch (error) {
      logger.warn('texts not indexed', { error });
      return false;
    }
  };
  loop.start(inBatches(clock, indexSome));
  lifecycle.onStop(() => loop.stop());
}
