import type { Clock } from '../kernel/clock.js';
import type { GenerationLog, Opened } from './generation-log.js';
import type { Claim } from './generation-store.js';

/** Delay before the log is opened again after a failure, in ms. */
const RETRY_MS = 250;

/**
 * Opens the log for an attempt. Retries while the log fails or is unreachable (a Redis that is down or out of memory).
 * Undefined when `giveUp` aborts first. An open in flight may then still fence lower attempts, which is harmless.
 */
export async function openLog(
  { log, clock }: { readonly log: GenerationLog; readonly clock: Clock },
  claim: Claim,
  giveUp: AbortSignal,
): Promise<Opened | undefined> {
  const aborted = new Promise<undefined>((resolve) => {
    giveUp.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  while (!giveUp.aborted) {
    const asked = log.open(claim.ref, claim.attempt).catch(() => undefined);
    const opened = await Promise.race([asked, aborted]);
    if (opened) return opened;
    await clock.sleep(RETRY_MS, giveUp);
  }
  return undefined;
}
