import type { Counter, Gauges, Histogram, LabelledCounters } from '../../kernel/metrics.js';

interface Definition<Labels extends string> {
  readonly help: string;
  readonly labels: readonly Labels[];
  /** Series that exist from the start with 0: a rate of a series that appears with its first event misses that event. */
  readonly initial?: readonly Readonly<Record<Labels, string>>[];
}

/** Counters by their names. */
export const COUNTERS: { [N in Counter]: Definition<never> } & {
  [N in keyof LabelledCounters]: Definition<keyof LabelledCounters[N] & string>;
} = {
  veda_messages_accepted_total: { help: 'Messages and regenerations that were stored.', labels: [] },
  veda_tokens_total: {
    help: 'Pieces of text that the model gave; of most models a token each.',
    labels: [],
  },
  veda_takeovers_total: { help: 'Claims of an answer that an earlier attempt had begun.', labels: [] },
  veda_fenced_total: { help: 'Attempts that ended because another one has the answer.', labels: [] },
  veda_swept_total: { help: 'Answers that a sweep found without anybody to care for them.', labels: [] },
  veda_requests_total: { help: 'HTTP requests.', labels: ['route', 'method', 'status'] },
  veda_generations_total: { help: 'Answers that have ended.', labels: ['status', 'provider', 'model'] },
  veda_resumes_total: {
    help: 'Streams that went on after a cursor.',
    labels: ['from'],
    initial: [{ from: 'log' }, { from: 'row' }],
  },
  veda_resets_total: {
    help: 'Resets that were sent to readers.',
    labels: ['reason'],
    initial: [{ reason: 'restarted' }, { reason: 'joined' }],
  },
  veda_provider_errors_total: {
    help: 'Answers that ended with an error.',
    labels: ['code'],
    initial: [{ code: 'llm_unavailable' }, { code: 'llm_failed' }, { code: 'llm_timeout' }],
  },
  veda_limited_total: { help: 'Refusals because of a limit.', labels: ['limit'] },
  veda_retrievals_total: {
    help: 'Searches for passages that an answer may rest on.',
    labels: ['result'],
    initial: [{ result: 'found' }, { result: 'nothing' }, { result: 'failed' }, { result: 'timeout' }],
  },
  veda_alerts_total: { help: 'Messages in which a rule found danger.', labels: ['rule'] },
};

/** Gauges that the code changes. */
export const GAUGES: { [N in keyof Gauges]: Definition<keyof Gauges[N] & string> } = {
  veda_streams_open: {
    help: 'Streams that clients have open.',
    labels: ['transport'],
    initial: [
      { transport: 'http' },
      { transport: 'sse' },
      { transport: 'websocket' },
      { transport: 'socketio' },
    ],
  },
};

/** Gauges that are read when they are asked for. */
export const READ_GAUGES = {
  veda_generations_running: 'Answers that this process makes now.',
  veda_generations_waiting: 'Accepted messages whose answer nobody has begun, in the whole deployment.',
  veda_oldest_waiting_seconds: 'How long the oldest of those has waited; 0 when nothing waits.',
};

export type ReadGauge = keyof typeof READ_GAUGES;

export const DEPENDENCY_UP = {
  name: 'veda_dependency_up',
  help: 'Whether a server that this process needs answers now: 1 or 0.',
  labelNames: ['name'] as const,
};

/** Upper bounds of the buckets, in seconds. */
export const HISTOGRAMS: Record<Histogram, { readonly help: string; readonly buckets: readonly number[] }> = {
  veda_request_duration_seconds: {
    help: 'From a request to its answer; of a stream, to its beginning.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
  veda_time_to_first_token_seconds: {
    help: 'From the acceptance of a message to the first text of its answer.',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300],
  },
  veda_generation_duration_seconds: {
    help: 'From the claim of an answer to its end.',
    buckets: [0.1, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600],
  },
  veda_retrieval_duration_seconds: {
    help: 'Of a search for passages that an answer may rest on.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  veda_chunk_delay_seconds: {
    help: 'From the append of text to the log to its write to the client.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  },
};
