import type { FollowEvent } from '../generation/follow.js';
import type { Metrics } from '../kernel/metrics.js';

/** Measures an event that was just written to so many clients: resets, and how old the text is. */
export function measureDelivery(metrics: Metrics | undefined, event: FollowEvent, clients: number): void {
  if (!metrics || clients === 0) return;
  if (event.kind === 'reset') metrics.countBy('veda_resets_total', { reason: event.reason }, clients);
  if (event.kind === 'text' && event.appendedAt !== undefined) {
    metrics.observeSince('veda_chunk_delay_seconds', event.appendedAt);
  }
}
