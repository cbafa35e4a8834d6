import type { Clock } from '../kernel/clock.js';
import type { GenerationLog, Opened } from './generation-log.js';
import type { Claim } from './generation-store.js';

/** How long after a refusal the log is asked again, in ms. */
const RETRY_MS = 250;

/**
 * Opens the log for an attempt, however often it refuses (a Redis without memory) or however long it is away. Undefined
 * when `enough` aborts before; an open that is under way then may still fence lower attempts, which harms nobody.
 */
export async function openLog(
  { log, clock }: { readonly log: GenerationLog; readonly clock: Clock },
  claim: Claim,
  enough: AbortSignal,
): Promise<Opened | undefined> {
  const gaveUp = new Promise<undefined>((resolve) => {
    enough.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  while (!enough.aborted) {
    const asked = log.open(claim.ref, claim.attempt).catch(() => undefined);
    const opened = await Promise.race([asked, gaveUp]);
    if (opened) return opened;
    await clock.sleep(RETRY_MS, enough);
  }
  return undefined;
}
