import { DevProvider } from '../adapters/dev-llm/provider.js';
import { OllamaProvider } from '../adapters/ollama/provider.js';
import type { Config } from '../config.js';
import type { Provider } from '../generation/provider.js';
import type { Clock } from '../kernel/clock.js';

/** Ollama's own default may be less than a prompt, and it would drop the oldest messages without a word. */
export const CONTEXT_TOKENS = 8192;

/** What `LLM_PROVIDER` names. */
export function providerOf(config: Config, clock: Clock): Provider {
  if (config.llmProvider === 'ollama') {
    return new OllamaProvider({
      host: config.ollamaHost,
      model: config.ollamaModel,
      contextTokens: CONTEXT_TOKENS,
    });
  }
  return new DevProvider(config.llmProvider, {
    clock,
    tokensPerSecond: config.devLlmTokensPerSecond,
    firstTokenMs: config.devLlmFirstTokenMs,
  });
}
