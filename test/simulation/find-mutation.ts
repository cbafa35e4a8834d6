import { register } from 'node:module';
import type * as history from './history.js';
import { MUTATIONS } from './mutations.js';

/**
 * The child process of `mutations.test.ts`. It takes the index of a mutation as a message and answers with what the
 * simulation finds: the first seed with a violation, or `null` when there is none.
 */
export interface Finding {
  readonly index: number;
  readonly found: string | null;
  readonly error?: string;
}

/** Within how many histories a mutation must be found. */
const HISTORIES = 1500;

register('./mutation-hooks.ts', import.meta.url);
process.on('message', (index: number) => void answer(index));

async function answer(index: number): Promise<void> {
  const finding: Finding = await find(index).then(
    (found) => ({ index, found }),
    (error: unknown) => ({ index, found: null, error: String(error) }),
  );
  process.send?.(finding);
}

async function find(index: number): Promise<string | null> {
  const { play } = (await import(`./history.js?mutation=${index}`)) as typeof history;
  const first = MUTATIONS[index]?.near ?? 1;
  for (let seed = first; seed < first + HISTORIES; seed++) {
    const { violations } = await play(seed);
    if (violations[0] !== undefined) return `seed ${seed}: ${violations[0]}`;
  }
  return null;
}
