import type { FollowEvent } from '../generation/follow.js';
import type { Metrics } from '../kernel/metrics.js';

/** Counts the resets, and the age of the text, of an event just written to `clients` clients. */
export function measureDelivery(metrics: Metrics | undefined, event: FollowEvent, clients: number): void {
  if (!metrics || clients === 0) return;
  if (event.kind === 'reset') metrics.countBy('veda_resets_total', { reason: event.reason }, clients);
  if (event.kind === 'text' && event.appendedAt !== undefined) {
    metrics.observeSince('veda_chunk_delay_seconds', event.appendedAt);
  }
}
