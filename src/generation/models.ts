import type { Provider } from './provider.js';

/** The models that can be asked for, the default first. */
export function modelsOf({ model, models }: Provider): readonly string[] {
  return models ?? [model];
}

/** Answers with this model, or with the default when it is not offered any more. */
export function providerFor(provider: Provider, model: string | undefined): Provider {
  if (model === undefined || model === provider.model || !modelsOf(provider).includes(model)) return provider;
  return provider.of?.(model) ?? provider;
}
