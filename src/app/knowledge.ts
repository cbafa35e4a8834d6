import { OllamaEmbedder } from '../adapters/ollama/embedder.js';
import { ExactVectorSearch } from '../adapters/postgres/exact-vector-search.js';
import { PostgresIngestionStore } from '../adapters/postgres/ingestion-store.js';
import { PostgresSourceStore } from '../adapters/postgres/source-store.js';
import { PostgresWordSearch } from '../adapters/postgres/word-search.js';
import type { Config, KnowledgeConfig } from '../config.js';
import type { SourcePorts } from '../generation/sources.js';
import type { Logger } from '../kernel/logger.js';
import { conversationTopic } from '../kernel/notifier.js';
import { throttledWarning } from '../kernel/throttled-warning.js';
import type { Embedder } from '../knowledge/embedder.js';
import { Retriever } from '../knowledge/retriever.js';
import type { Lifecycle } from '../lifecycle.js';
import { Ingester } from '../worker/ingester.js';
import type { Infrastructure } from './infrastructure.js';
import type { Telemetry } from './telemetry.js';

/** Undefined without `EMBED_MODEL`: answers rest on no documents. */
export function embedderOf({ embedModel: model, ollamaHost: hosts }: KnowledgeConfig): Embedder | undefined {
  return model === undefined ? undefined : new OllamaEmbedder({ hosts, model });
}

/** In every worker, when there is a model that embeds. */
export function startIngester(
  config: KnowledgeConfig,
  { database, clock }: Infrastructure,
  logger: Logger,
  lifecycle: Lifecycle,
): void {
  const embedder = embedderOf(config);
  if (!embedder) return;
  const ingester = new Ingester({ store: new PostgresIngestionStore(database), embedder, clock, logger });
  ingester.start();
  lifecycle.onStop(() => ingester.stop());
}

/** How workers find what answers rest on. Undefined without `EMBED_MODEL`. */
export function sourcePorts(
  config: Config,
  { database, clock, notifier, encryption }: Infrastructure,
  logger: Logger,
  { metrics, tracer }: Telemetry,
  lifecycle: Lifecycle,
): SourcePorts | undefined {
  const embedder = embedderOf(config);
  if (!embedder) return undefined;
  const vectors = new ExactVectorSearch(database);
  lifecycle.onStop(() => vectors.close());
  const retriever = new Retriever({
    embedder,
    vectors,
    words: new PostgresWordSearch(database),
    clock,
    limitMs: config.knowledgeSeconds * 1000,
    similarity: config.knowledgeSimilarity,
    required: config.knowledgeRequired,
    onFailure: throttledWarning(logger, 'answers without sources'),
    metrics,
    tracer,
  });
  return {
    retrieve: (question, signal) => retriever.retrieve(question, signal),
    store: new PostgresSourceStore(database, encryption.cipher),
    // Whoever follows the conversation looks at the rows and finds them.
    notify: ({ conversationId }) => notifier.notify(conversationTopic(conversationId)),
    clock,
    logger,
  };
}
