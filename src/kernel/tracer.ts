/**
 * Distributed traces, for an operator (docs/operations.md, "Traces"). Attributes are a closed set of ids, names and numbers,
 * so that nothing that a user wrote can become one by mistake.
 *
 * If no tracer is passed, traces are off and cost nothing.
 */
export interface Tracer {
  /** Begins a span. It is a child of the span in whose `run` the caller is, or of `options.parent`. */
  start(name: string, options: SpanOptions): Span;
  /** The span in whose `run` the caller is, as the `traceparent` header of W3C Trace Context. Undefined outside of any. */
  traceparent(): string | undefined;
}

export interface SpanOptions {
  /** What the span is to the process on its other side, in the words of OpenTelemetry. */
  readonly kind: 'server' | 'client' | 'consumer' | 'internal';
  /** A `traceparent` of another process. One that is malformed is ignored, as its specification asks. */
  readonly parent?: string | undefined;
  readonly attributes?: SpanAttributes;
}

/** Names are those of OpenTelemetry's semantic conventions (HTTP, GenAI); our own begin with `veda.`. */
export interface SpanAttributes {
  readonly 'http.request.method'?: string;
  readonly 'http.response.status_code'?: number;
  /** The pattern of the route: paths hold ids, and addresses hold tickets. */
  readonly 'http.route'?: string;
  readonly 'gen_ai.operation.name'?: 'chat';
  readonly 'gen_ai.provider.name'?: string;
  readonly 'gen_ai.request.model'?: string;
  readonly 'gen_ai.conversation.id'?: string;
  readonly 'gen_ai.usage.input_tokens'?: number | undefined;
  readonly 'gen_ai.usage.output_tokens'?: number | undefined;
  /** A code of docs/protocol.md; never a message. */
  readonly 'error.type'?: string | undefined;
  readonly 'veda.message.id'?: string;
  readonly 'veda.attempt'?: number;
  /** How many passages an answer rests on. */
  readonly 'veda.sources'?: number;
  /** What became of the attempt, or of the search for passages. */
  readonly 'veda.status'?: string;
}

export interface Span {
  /** Calls `act`. Spans that begin in it, also after an `await`, are children of this one. */
  run<T>(act: () => T): T;
  rename(name: string): void;
  set(attributes: SpanAttributes): void;
  /** Records that something happened now. */
  event(name: string): void;
  /** Ends it; `failure` is the code of what went wrong. Every span must be ended. */
  end(failure?: string): void;
}

/** Runs `act` in a span that ends with it, and that has failed if it throws. Without a tracer, just runs it. */
export async function inSpan<T>(
  tracer: Tracer | undefined,
  name: string,
  options: SpanOptions,
  act: (span?: Span) => Promise<T>,
): Promise<T> {
  if (!tracer) return act();
  const span = tracer.start(name, options);
  try {
    const result = await span.run(() => act(span));
    span.end();
    return result;
  } catch (error) {
    span.end(codeOf(error));
    throw error;
  }
}

/** An error's code, or its class. Never its message, which may quote what a user wrote. */
export function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code === 'string') return code;
  return error instanceof Error ? error.constructor.name : 'unknown';
}
