/** The models that are there. Without names every model is. */
export class Models {
  readonly #names: readonly string[] | undefined;

  constructor(names: readonly string[] | undefined) {
    this.#names = names;
  }

  has(model: string): boolean {
    return !this.#names || this.#names.some((name) => tagged(name) === tagged(model));
  }

  /** As in `/api/tags`. */
  list(): object[] {
    return (this.#names ?? ['llama3.2']).map((name) => ({
      name: tagged(name),
      model: tagged(name),
      modified_at: MODIFIED_AT,
      size: 2_019_393_189,
      digest: 'a80c4f17acd55265feec403c7aef86be0c25983ab279d83f3bcd3abbcb5b8b72',
      details: DETAILS,
    }));
  }

  /** As in `/api/show`, as far as clients look. */
  show(): object {
    return { details: DETAILS, model_info: {}, capabilities: ['completion'], modified_at: MODIFIED_AT };
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

/** A name without a tag means `latest`. */
function tagged(model: string): string {
  return model.includes(':') ? model : `${model}:latest`;
}
