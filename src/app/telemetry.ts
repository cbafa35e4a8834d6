import type { Metrics } from '../kernel/metrics.js';
import type { Tracer } from '../kernel/tracer.js';

/** What is told to an operator beside the log; each is absent when it is off. */
export interface Telemetry {
  readonly metrics: Metrics | undefined;
  readonly tracer: Tracer | undefined;
}
