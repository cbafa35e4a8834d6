import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer as Tracers,
  trace,
} from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace-node';
import type { Span, SpanAttributes, SpanOptions, Tracer } from '../../kernel/tracer.js';

export interface OtelTracerOptions {
  /** As in `OTEL_EXPORTER_OTLP_ENDPOINT`: spans go to `/v1/traces` below it, as OTLP over HTTP. */
  readonly endpoint: string;
  /** Of the process, such as its role. */
  readonly resource: Readonly<Record<string, string>>;
  /** Called for each batch that could not be sent and is lost. */
  readonly onFailure: (error: Error) => void;
}

/** How long a batch may take to be sent, in ms, with all its repetitions. The end of the process waits for the last one. */
const SEND_MS = 3000;

/** Sends spans to a collector. A collector that is down costs spans, and never a request. */
export class OtelTracer implements Tracer {
  readonly #provider: NodeTracerProvider;
  readonly #tracers: Tracers;

  constructor({ endpoint, resource, onFailure }: OtelTracerOptions) {
    const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
    const exporter = new OTLPTraceExporter({ url, timeoutMillis: SEND_MS });
    this.#provider = new NodeTracerProvider({
      resource: resourceFromAttributes(resource),
      spanProcessors: [
        new BatchSpanProcessor(reporting(exporter, onFailure), { exportTimeoutMillis: SEND_MS }),
      ],
    });
    // Brings the context along over `await`. Nothing of this project reads the global tracer.
    this.#provider.register({ propagator: null });
    this.#tracers = this.#provider.getTracer('veda-gateway');
  }

  start(name: string, { kind, parent, attributes = {} }: SpanOptions): Span {
    const from = parent === undefined ? context.active() : remoteContext(parent);
    const span = this.#tracers.startSpan(name, { kind: KINDS[kind], attributes: given(attributes) }, from);
    return spanOf(span, trace.setSpan(from, span));
  }

  traceparent(): string | undefined {
    const active = trace.getActiveSpan()?.spanContext();
    if (!active || !isSpanContextValid(active)) return undefined;
    const { traceId, spanId, traceFlags } = active;
    return `00-${traceId}-${spanId}-${(traceFlags & TraceFlags.SAMPLED).toString(16).padStart(2, '0')}`;
  }

  /** Sends what is left, and ends. Never rejects. */
  async stop(): Promise<void> {
    await this.#provider.shutdown().catch(() => {});
  }
}

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const;

function spanOf(span: OtelSpan, within: Context): Span {
  return {
    run: (act) => context.with(within, act),
    rename: (name) => void span.updateName(name),
    set: (attributes) => void span.setAttributes(given(attributes)),
    event: (name) => void span.addEvent(name),
    end: (failure) => {
      if (failure !== undefined) {
        span.setAttribute('error.type', failure).setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    },
  };
}

/** Without those that are undefined. */
function given(attributes: SpanAttributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}

/** https://www.w3.org/TR/trace-context/#traceparent-header. Later versions begin with the same fields. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-.*)?$/;

/** A context with the span of another process; the root where there is none. */
function remoteContext(traceparent: string): Context {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent) ?? [];
  if (!traceId || !spanId || !flags) return ROOT_CONTEXT;
  const remote = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(remote) ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT;
}

/** The SDK would write what went wrong to the console, or nowhere. */
function reporting(exporter: SpanExporter, onFailure: (error: Error) => void): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const { code, error = new Error('the collector refused the spans') } = result;
        if (code !== ExportResultCode.SUCCESS) onFailure(error);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}
