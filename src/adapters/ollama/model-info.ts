import type { Ollama } from 'ollama/browser';

/** What a server says about a model (`POST /api/show`). A field that it leaves out is unknown. */
export interface ModelInfo {
  /** How many tokens the model was trained for, prompt and answer together. */
  readonly contextTokens?: number;
  /** `num_ctx` of its Modelfile: what the server uses unless a request asks for more. */
  readonly numCtx?: number;
  readonly thinking?: boolean;
  /** Whether it sees. */
  readonly image?: boolean;
  /** Takes levels of thinking (`low`, `medium`, `high`) and ignores `true` and `false`. */
  readonly levels: boolean;
}

export const UNKNOWN: ModelInfo = { levels: false };

/** Families of models that know levels only: gpt-oss and what is made from it. */
const LEVELS = /^gpt-?oss/i;

/** @throws what the client throws: a server that has no such route, or no such model. */
export async function askModelInfo(client: Ollama, model: string): Promise<ModelInfo> {
  // As the wire has it; the client's types claim that every field is there.
  const shown: Partial<Awaited<ReturnType<Ollama['show']>>> = await client.show({ model });
  const contextTokens = contextOf(shown.model_info);
  const numCtx = /^num_ctx\s+(\d+)/m.exec(shown.parameters ?? '')?.[1];
  return {
    ...(contextTokens !== undefined && { contextTokens }),
    ...(numCtx !== undefined && { numCtx: Number(numCtx) }),
    ...(shown.capabilities && {
      thinking: shown.capabilities.includes('thinking'),
      image: shown.capabilities.includes('vision'),
    }),
    levels: [model.split('/').at(-1), shown.details?.family].some(
      (name) => name !== undefined && LEVELS.test(name),
    ),
  };
}

/** The key has the architecture before it: `llama.context_length`. */
function contextOf(info: unknown): number | undefined {
  const entries: [string, unknown][] =
    info instanceof Map ? [...(info as Map<string, unknown>)] : Object.entries(info ?? {});
  const found = entries.find(([key]) => key.endsWith('.context_length'))?.[1];
  return typeof found === 'number' && found > 0 ? found : undefined;
}
