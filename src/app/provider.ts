import { DevProvider } from '../adapters/dev-llm/provider.js';
import { OllamaProvider } from '../adapters/ollama/provider.js';
import type { Config } from '../config.js';
import type { Clock } from '../generation/clock.js';
import type { Provider } from '../generation/provider.js';

/** What `LLM_PROVIDER` names. */
export function providerOf(config: Config, clock: Clock): Provider {
  if (config.llmProvider === 'ollama') {
    return new OllamaProvider({ host: config.ollamaHost, model: config.ollamaModel });
  }
  return new DevProvider(config.llmProvider, {
    clock,
    tokensPerSecond: config.devLlmTokensPerSecond,
    firstTokenMs: config.devLlmFirstTokenMs,
  });
}
