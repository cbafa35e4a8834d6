import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { uuidv7 } from 'uuidv7';
import { PostgresAttachmentStore } from '../adapters/postgres/attachment-store.js';
import { PostgresGenerationStore } from '../adapters/postgres/generation-store.js';
import { readTraceparent } from '../adapters/postgres/traceparent.js';
import type { Config } from '../config.js';
import type { Disclaimers } from '../generation/disclaimer.js';
import { Flusher } from '../generation/flusher.js';
import type { GenerationLimits } from '../generation/limits.js';
import type { Provider } from '../generation/provider.js';
import type { Transcriber } from '../generation/transcriber.js';
import { type Logger, withFields } from '../kernel/logger.js';
import { conversationTopic } from '../kernel/notifier.js';
import type { RunnerPorts } from '../worker/runner.js';
import type { Infrastructure } from './infrastructure.js';
import type { Telemetry } from './telemetry.js';

/** What makes answers, in a worker; and in a gateway, which ends those that nobody runs and that are to be stopped. */
export async function runnerPorts(
  config: Config,
  { database, encryption, folder, jobs, log, notifier, clock }: Infrastructure,
  provider: Provider,
  transcriber: Transcriber | undefined,
  disclaimers: Disclaimers,
  logger: Logger,
  { metrics, tracer }: Telemetry,
): Promise<RunnerPorts> {
  const worker = uuidv7();
  const attachments = new PostgresAttachmentStore(database, uuidv7, encryption.cipher, { folder });
  return {
    log,
    notifier,
    clock,
    provider,
    metrics,
    tracer,
    ...(tracer && { traceOf: (messageId) => readTraceparent(database, messageId) }),
    logger: withFields(logger, { workerId: worker }),
    queue: jobs.queue,
    store: new PostgresGenerationStore(database, encryption.cipher),
    readAttachment: (id) => attachments.content(id),
    hearing:
      transcriber &&
      (({ conversationId }) => ({
        transcriber,
        read: (id) => attachments.content(id),
        store: async (id, transcript) => {
          await attachments.setTranscript(id, transcript);
          // Whoever follows the conversation looks at the rows and finds it.
          notifier.notify(conversationTopic(conversationId));
        },
      })),
    flusher: new Flusher(),
    limits: limitsOf(config),
    system: await systemPrompt(),
    disclaimers,
    worker,
    leaseMs: config.leaseSeconds * 1000,
  };
}

export function systemPrompt(): Promise<string> {
  return readFile(join(import.meta.dirname, '../generation/system-prompt.md'), 'utf8');
}

/** Leaves 4,096 tokens to the answer in the usual window of 16,384. Only a message that is longer alone has more. */
const PROMPT_TOKENS = 12_288;
/** Each of the answers that a worker makes may have as much in memory, a third more when it is encoded. */
const IMAGE_BYTES = 20_971_520;
const SEAL_MS = 5000;
const FAILURES = 10;

/** Of the images of one prompt together; one attachment always fits. */
export function imageBytes({ maxAttachmentBytes }: Config): number {
  return Math.max(IMAGE_BYTES, maxAttachmentBytes);
}

function limitsOf(config: Config): GenerationLimits {
  return {
    firstTokenMs: config.llmFirstTokenSeconds * 1000,
    idleMs: config.llmIdleSeconds * 1000,
    placeMs: config.llmPlaceSeconds * 1000,
    totalMs: config.generationSeconds * 1000,
    answerBytes: config.maxAnswerBytes,
    imageBytes: imageBytes(config),
    promptTokens: PROMPT_TOKENS,
    sealMs: SEAL_MS,
    failures: FAILURES,
  };
}
