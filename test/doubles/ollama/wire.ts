/** Which of the two endpoints speaks: they differ in where the text stands. */
export type Endpoint = 'chat' | 'generate';

export interface Said {
  readonly content: string;
  readonly thinking?: string;
}

/** The figures of a last line; durations in ns. */
export interface Ending {
  readonly reason: string;
  readonly startedAt: bigint;
  readonly firstTokenAt: bigint;
  readonly promptTokens: number;
  readonly tokens: number;
}

/** What loading the model is said to have taken, in ns. */
const LOAD_DURATION = 12_345_678;

/** One object of Ollama's API, fields in the order of its Go structs (api/types.go). */
export function reply(endpoint: Endpoint, model: string, said: Said, ending?: Ending): object {
  const thinking = said.thinking ? { thinking: said.thinking } : {};
  const text =
    endpoint === 'chat'
      ? { message: { role: 'assistant', content: said.content, ...thinking } }
      : { response: said.content, ...thinking };
  return {
    model,
    created_at: timestamp(),
    ...text,
    done: ending !== undefined,
    ...(ending && { done_reason: ending.reason, ...figures(endpoint, ending) }),
  };
}

/** The answer to a request without messages: the model is loaded, nothing is said. */
export function loaded(endpoint: Endpoint, model: string, reason: 'load' | 'unload'): object {
  const { done, ...rest } = reply(endpoint, model, { content: '' }) as { done: boolean };
  return { ...rest, done: !done, done_reason: reason };
}

function figures(endpoint: Endpoint, ending: Ending): object {
  const now = process.hrtime.bigint();
  return {
    ...(endpoint === 'generate' && { context: [1, 2, 3] }),
    total_duration: Number(now - ending.startedAt),
    load_duration: LOAD_DURATION,
    prompt_eval_count: ending.promptTokens,
    prompt_eval_duration: Number(ending.firstTokenAt - ending.startedAt),
    eval_count: ending.tokens,
    eval_duration: Number(now - ending.firstTokenAt),
  };
}

/** Now, as Go's RFC3339Nano has it, but for zeros at the end, which Go leaves out. */
function timestamp(): string {
  const ms = performance.timeOrigin + performance.now();
  const fraction = Math.floor((ms % 1) * 1e6);
  return `${new Date(ms).toISOString().slice(0, -1)}${String(fraction).padStart(6, '0')}Z`;
}
