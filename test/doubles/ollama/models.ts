/** A model that is there, as far as clients look. */
export interface ModelSpec {
  readonly name: string;
  readonly capabilities?: readonly string[];
  /** What it was trained for, in tokens. */
  readonly contextTokens?: number;
  readonly family?: string;
  /** Of its Modelfile, as `/api/show` has them: `num_ctx 4096`. */
  readonly parameters?: string;
}

const CONTEXT_TOKENS = 131_072;

/** The models that are there. Without names every model is. */
export class Models {
  readonly #specs: readonly ModelSpec[] | undefined;

  constructor(models: readonly (string | ModelSpec)[] | undefined) {
    this.#specs = models?.map((model) => (typeof model === 'string' ? { name: model } : model));
  }

  has(model: string): boolean {
    return !this.#specs || this.#spec(model) !== undefined;
  }

  /** Whether it may be asked to think. A model without a list of capabilities does what its script says. */
  thinks(model: string): boolean {
    return this.#spec(model)?.capabilities?.includes('thinking') ?? true;
  }

  /** The window that a request gets which asks for `numCtx`. */
  window(model: string, numCtx: number | undefined): number {
    return Math.min(numCtx ?? 4096, this.#spec(model)?.contextTokens ?? CONTEXT_TOKENS);
  }

  /** As in `/api/tags`. */
  list(): object[] {
    return (this.#specs?.map(({ name }) => name) ?? ['llama3.2']).map(entry);
  }

  /** As in `/api/ps`. */
  loaded(windows: readonly [model: string, window: number][]): object[] {
    return windows.map(([model, window]) => ({
      ...entry(model),
      expires_at: '2030-01-01T00:00:00Z',
      size_vram: 0,
      context_length: window,
    }));
  }

  /** As in `/api/show`. */
  show(model: string): object {
    const {
      capabilities = ['completion', 'thinking'],
      contextTokens = CONTEXT_TOKENS,
      family = 'llama',
      parameters = '',
    } = this.#spec(model) ?? {};
    return {
      parameters,
      details: { ...DETAILS, family, families: [family] },
      model_info: { 'general.architecture': family, [`${family}.context_length`]: contextTokens },
      capabilities,
      modified_at: MODIFIED_AT,
    };
  }

  #spec(model: string): ModelSpec | undefined {
    return this.#specs?.find(({ name }) => tagged(name) === tagged(model));
  }
}

const MODIFIED_AT = '2025-01-01T00:00:00Z';
const DETAILS = {
  parent_model: '',
  format: 'gguf',
  family: 'llama',
  families: ['llama'],
  parameter_size: '3.2B',
  quantization_level: 'Q4_K_M',
};

function entry(name: string): object {
  return {
    name: tagged(name),
    model: tagged(name),
    modified_at: MODIFIED_AT,
    size: 2_019_393_189,
    digest: 'a80c4f17acd55265feec403c7aef86be0c25983ab279d83f3bcd3abbcb5b8b72',
    details: DETAILS,
  };
}

/** A name without a tag means `latest`. */
function tagged(model: string): string {
  return model.includes(':') ? model : `${model}:latest`;
}
