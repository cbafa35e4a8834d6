import { hostname } from 'node:os';
import type { Config } from '../config.js';
import type { Logger } from '../kernel/logger.js';
import { throttledWarning } from '../kernel/throttled-warning.js';
import type { Tracer } from '../kernel/tracer.js';
import type { Lifecycle } from '../lifecycle.js';

/** Undefined unless `OTEL_EXPORTER_OTLP_ENDPOINT` is set; the libraries are loaded only then. */
export async function openTracer(
  { otelExporterOtlpEndpoint: endpoint, otelServiceName, role }: Config,
  logger: Logger,
  lifecycle: Lifecycle,
): Promise<Tracer | undefined> {
  if (endpoint === undefined) return undefined;
  const { OtelTracer } = await import('../adapters/tracing/otel-tracer.js');
  const tracer = new OtelTracer({
    endpoint,
    resource: {
      'service.name': otelServiceName,
      'service.instance.id': `${hostname()}-${process.pid}`,
      'veda.role': role,
    },
    onFailure: throttledWarning(logger, 'traces not sent'),
  });
  // The first to open is the last to close: what happens while the process drains is traced.
  lifecycle.onStop(() => tracer.stop());
  return tracer;
}
