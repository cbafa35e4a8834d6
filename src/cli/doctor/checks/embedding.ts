import { OllamaEmbedder } from '../../../adapters/ollama/embedder.js';
import type { KnowledgeConfig } from '../../../config.js';
import type { Check } from '../check.js';
import { type Finding, fail, ok } from '../finding.js';

export interface EmbeddingContext {
  readonly model: string;
  readonly hosts: KnowledgeConfig['ollamaHost'];
}

/** A model that loads first may take so long, in ms. */
const ANSWER_MS = 60_000;

/** Whether each model server embeds with `EMBED_MODEL`, as documents and questions need it. */
export const embedding: Check<EmbeddingContext> = {
  about: 'embedding',
  run: ({ model, hosts }) => Promise.all(hosts.map((host) => embedsAt(host, model))),
};

async function embedsAt(host: string, model: string): Promise<Finding> {
  // An address may have a password before its host.
  const { host: name } = new URL(host);
  try {
    const embedder = new OllamaEmbedder({ hosts: [host], model });
    const vector = await embedder.question('What helps?', AbortSignal.timeout(ANSWER_MS));
    return ok('embedding', `${name} embeds with ${model}: ${vector.length} numbers`);
  } catch (error) {
    const reason = (error as Error).message;
    return fail('embedding', `${name} does not embed: ${reason}`, `run "ollama pull ${model}" there`);
  }
}
