import { uuidv7 } from 'uuidv7';
import { PostgresIngestionStore } from '../../adapters/postgres/ingestion-store.js';
import { PostgresKnowledgeStore } from '../../adapters/postgres/knowledge-store.js';
import { SystemClock } from '../../adapters/system-clock.js';
import { openAudit } from '../../app/audit.js';
import { embedderOf } from '../../app/knowledge.js';
import { parseAuditConfig, parseKnowledgeConfig } from '../../config.js';
import type { AuditKind } from '../../kernel/audit.js';
import { ingestNext } from '../../knowledge/ingestion.js';
import type { KnowledgeStore } from '../../knowledge/knowledge-store.js';
import { Lifecycle } from '../../lifecycle.js';
import { openDatabase } from '../database.js';
import { CliError } from '../exit.js';

/** The documents of a gateway, as a command administers them. */
export interface Documents extends KnowledgeStore {
  /** Embeds all that wait, here and now. @throws CliError when the model cannot be asked */
  embed(): Promise<void>;
}

/**
 * Lets `work` administer the documents of the gateway whose environment this is, and disconnects.
 * @throws CliError or StartError when there is no database, or it is not up to date
 */
export async function withDocuments<T>(
  env: NodeJS.ProcessEnv,
  work: (documents: Documents) => Promise<T>,
): Promise<T> {
  const lifecycle = new Lifecycle();
  try {
    const embedder = embedderOf(parseKnowledgeConfig(env));
    const database = await openDatabase(env, lifecycle);
    const audit = await openAudit(
      parseAuditConfig(env),
      { database, clock: new SystemClock() },
      () => {},
      lifecycle,
    );
    const record = (operation: string, kind: AuditKind): void =>
      audit?.record({ operation, kind, outcome: 'success' });
    const store = new PostgresKnowledgeStore(database, uuidv7);
    const embed = async (): Promise<void> => {
      if (!embedder) throw new CliError('--wait needs EMBED_MODEL');
      const ingestion = { store: new PostgresIngestionStore(database), embedder };
      const done = new AbortController();
      lifecycle.onStop(async () => done.abort());
      for (;;) {
        const ingested = await ingestNext(ingestion, done.signal);
        if (ingested.kind === 'idle') return;
        if (ingested.kind === 'failed') {
          const { message } = ingested.error as Error;
          throw new CliError(`stored, but not embedded: ${message}; a worker tries again`);
        }
      }
    };
    return await work({
      async add(document) {
        const added = await store.add(document);
        if (added.kind === 'added') record('operatorAddDocument', 'create');
        return added;
      },
      list: (all) => store.list(all),
      async remove(name) {
        const versions = await store.remove(name);
        if (versions > 0) record('operatorRemoveDocument', 'delete');
        return versions;
      },
      embed,
    });
  } finally {
    await lifecycle.stop();
  }
}
