import { DevProvider } from '../adapters/dev-llm/provider.js';
import { OllamaProvider } from '../adapters/ollama/provider.js';
import type { Config } from '../config.js';
import type { Provider } from '../generation/provider.js';
import type { Clock } from '../kernel/clock.js';
import type { Tracer } from '../kernel/tracer.js';

/** What `LLM_PROVIDER` names. */
export function providerOf(config: Config, clock: Clock, tracer?: Tracer): Provider {
  if (config.llmProvider === 'ollama') {
    return new OllamaProvider({
      clock,
      hosts: config.ollamaHost,
      models: config.ollamaModel,
      think: config.ollamaThink,
      ...(tracer && { traceparent: () => tracer.traceparent() }),
      ...(config.ollamaParallel !== undefined && { parallel: config.ollamaParallel }),
      ...(config.ollamaNumCtx !== undefined && { contextTokens: config.ollamaNumCtx }),
    });
  }
  return new DevProvider(config.llmProvider, {
    clock,
    tokensPerSecond: config.devLlmTokensPerSecond,
    firstTokenMs: config.devLlmFirstTokenMs,
  });
}
