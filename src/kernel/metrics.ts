/**
 * What is measured, for an operator (docs/operations.md, "Metrics"). The names are those that Prometheus shows. Labels are a
 * closed set, so that no id, address or text of a user can become one by mistake.
 *
 * Where it is an optional port, its absence means that metrics are off: nothing is measured, and nothing is paid for it.
 */
export interface Metrics {
  /** Adds to a counter; 1 without `by`. */
  count(name: Counter, by?: number): void;
  /** Adds to a counter that has labels. */
  countBy<N extends keyof LabelledCounters>(name: N, labels: LabelledCounters[N], by?: number): void;
  /** Adds to a gauge, or takes away from it. */
  change<N extends keyof Gauges>(name: N, labels: Gauges[N], by: number): void;
  /** Records a duration in seconds. */
  observe(name: Histogram, seconds: number): void;
  /** Records how long ago `epochMs` was. The clock of another machine may be ahead: less than nothing counts as nothing. */
  observeSince(name: Histogram, epochMs: number): void;
}

export type Counter =
  | 'veda_messages_accepted_total'
  | 'veda_tokens_total'
  | 'veda_takeovers_total'
  | 'veda_fenced_total'
  | 'veda_swept_total';

export interface LabelledCounters {
  /** `route` is the pattern of the route, `none` where there is none. */
  veda_requests_total: { readonly route: string; readonly method: string; readonly status: number };
  /** Of ended answers. `model` is one that the configuration names. */
  veda_generations_total: { readonly status: string; readonly provider: string; readonly model: string };
  /** Where the text after a client's cursor comes from: the log of a running answer, or the row of one that has ended. */
  veda_resumes_total: { readonly from: 'log' | 'row' };
  veda_resets_total: { readonly reason: 'restarted' | 'joined' };
  veda_provider_errors_total: { readonly code: string };
  veda_limited_total: { readonly limit: string };
  /** Searches for passages that an answer may rest on. */
  veda_retrievals_total: { readonly result: 'found' | 'nothing' | 'failed' | 'timeout' };
  /** Messages with danger in them. `rule` has its version, `stroke@1` for example. */
  veda_alerts_total: { readonly rule: string };
}

export interface Gauges {
  veda_streams_open: { readonly transport: StreamTransport };
}

/** Over what a stream is open; `http` is a waiting chat. */
export type StreamTransport = 'http' | 'sse' | 'websocket' | 'socketio';

export type Histogram =
  | 'veda_request_duration_seconds'
  | 'veda_time_to_first_token_seconds'
  | 'veda_generation_duration_seconds'
  | 'veda_retrieval_duration_seconds'
  | 'veda_chunk_delay_seconds';
