import type { ModelInfo } from './model-info.js';

/** As in `OLLAMA_THINK`. */
export type Think = 'false' | 'true' | 'low' | 'medium' | 'high' | 'auto';

/**
 * The field `think` of a request; undefined when it is to be left out. A model that can think does so unless it is told not
 * to (server/routes.go of Ollama), and the patient waits before an empty screen.
 *
 * An answer that has begun was thought about: a model that would think again refuses to continue it.
 */
export function thinkOf(
  think: Think,
  { thinking, levels }: ModelInfo,
  begun: boolean,
): boolean | 'low' | 'medium' | 'high' | undefined {
  // To a model without the capability, Ollama refuses every value but `false`.
  if (thinking === false) return undefined;
  if (begun || think === 'false') return levels ? 'low' : false;
  if (think === 'auto') return undefined;
  if (think === 'true') return levels ? 'medium' : true;
  return think;
}
