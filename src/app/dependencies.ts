import { checkWritable } from '../adapters/postgres/database.js';
import type { Provider } from '../generation/provider.js';
import type { Clock } from '../kernel/clock.js';
import { withTimeout } from '../kernel/with-timeout.js';
import type { Dependency } from '../transports/http/health-routes.js';
import type { Infrastructure } from './infrastructure.js';

/** How long a dependency may take to answer, in ms. */
const ANSWER_MS = 2000;

/** What readiness looks at. */
export function dependenciesOf(
  { database, redis, jobs, clock, folder }: Infrastructure,
  provider: Provider,
): Dependency[] {
  return [
    { name: 'postgres', ok: () => answers(clock, checkWritable(database)) },
    ...(redis ? [{ name: 'redis', ok: () => answers(clock, redis.ping()) }] : []),
    { name: 'queue', ok: () => jobs.queue.available() },
    // Text is answered without it.
    ...(folder
      ? [{ name: 'attachments', optional: true, ok: () => answers(clock, folder.checkWritable()) }]
      : []),
    { name: 'provider', optional: true, ok: () => provider.reachable(AbortSignal.timeout(ANSWER_MS)) },
  ];
}

async function answers(clock: Clock, question: PromiseLike<unknown>): Promise<boolean> {
  const answered = Promise.resolve(question).then(
    () => true,
    () => false,
  );
  return (await withTimeout(clock, ANSWER_MS, answered)) === true;
}
