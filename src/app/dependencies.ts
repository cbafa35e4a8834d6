import type { Provider } from '../generation/provider.js';
import type { Dependency } from '../transports/http/health-routes.js';
import type { Backing } from './backing.js';

/** How long a dependency may take to answer, in ms. */
const ANSWER_MS = 2000;

/** What readiness looks at. */
export function dependenciesOf({ database, redis, jobs }: Backing, provider: Provider): Dependency[] {
  return [
    { name: 'postgres', ok: () => answers(database.raw('select 1')) },
    ...(redis ? [{ name: 'redis', ok: () => answers(redis.ping()) }] : []),
    { name: 'queue', ok: () => jobs.queue.available() },
    { name: 'provider', optional: true, ok: () => provider.reachable(AbortSignal.timeout(ANSWER_MS)) },
  ];
}

async function answers(question: PromiseLike<unknown>): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => {
    setTimeout(() => resolve(false), ANSWER_MS).unref();
  });
  const answered = Promise.resolve(question).then(
    () => true,
    () => false,
  );
  return Promise.race([answered, late]);
}
