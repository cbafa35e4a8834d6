import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { uuidv7 } from 'uuidv7';
import { PostgresGenerationStore } from '../adapters/postgres/generation-store.js';
import type { Config } from '../config.js';
import { Flusher } from '../generation/flusher.js';
import type { GenerationLimits } from '../generation/limits.js';
import type { Provider } from '../generation/provider.js';
import { type Logger, withFields } from '../kernel/logger.js';
import type { Metrics } from '../kernel/metrics.js';
import type { RunnerPorts } from '../worker/runner.js';
import type { Infrastructure } from './infrastructure.js';

/** What makes answers, in a worker; and in a gateway, which ends those that nobody runs and that are to be stopped. */
export async function runnerPorts(
  config: Config,
  { database, jobs, log, notifier, clock }: Infrastructure,
  provider: Provider,
  logger: Logger,
  metrics: Metrics | undefined,
): Promise<RunnerPorts> {
  const worker = uuidv7();
  return {
    log,
    notifier,
    clock,
    provider,
    metrics,
    logger: withFields(logger, { workerId: worker }),
    queue: jobs.queue,
    store: new PostgresGenerationStore(database),
    flusher: new Flusher(),
    limits: limitsOf(config),
    system: await systemPrompt(),
    worker,
    leaseMs: config.leaseSeconds * 1000,
  };
}

export function systemPrompt(): Promise<string> {
  return readFile(join(import.meta.dirname, '../generation/system-prompt.md'), 'utf8');
}

/** Leaves 4,096 tokens to the answer in the usual window of 16,384. Only a message that is longer alone has more. */
const PROMPT_TOKENS = 12_288;
const SEAL_MS = 5000;
const FAILURES = 10;

function limitsOf(config: Config): GenerationLimits {
  return {
    firstTokenMs: config.llmFirstTokenSeconds * 1000,
    idleMs: config.llmIdleSeconds * 1000,
    totalMs: config.generationSeconds * 1000,
    answerBytes: config.maxAnswerBytes,
    promptTokens: PROMPT_TOKENS,
    sealMs: SEAL_MS,
    failures: FAILURES,
  };
}
