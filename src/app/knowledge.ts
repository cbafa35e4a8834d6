import { OllamaEmbedder } from '../adapters/ollama/embedder.js';
import { PostgresIngestionStore } from '../adapters/postgres/ingestion-store.js';
import type { KnowledgeConfig } from '../config.js';
import type { Logger } from '../kernel/logger.js';
import type { Embedder } from '../knowledge/embedder.js';
import type { Lifecycle } from '../lifecycle.js';
import { Ingester } from '../worker/ingester.js';
import type { Infrastructure } from './infrastructure.js';

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
