import { readFile } from 'node:fs/promises';
import { PostgresAuditStore } from '../../adapters/postgres/audit-store.js';
import { auditKey } from '../../app/audit.js';
import type { EntryRef } from '../../audit/chain.js';
import { toFhir } from '../../audit/fhir.js';
import { verifyAudit } from '../../audit/verify.js';
import { parseAuditConfig } from '../../config.js';
import { Lifecycle } from '../../lifecycle.js';
import { type Command, oneOf, parseArguments } from '../command.js';
import { openDatabase } from '../database.js';
import { CliError, EXIT, type ExitCode, usage } from '../exit.js';
import type { Terminal } from '../terminal.js';

const HELP = `veda-gateway audit verify [--heads FILE] [--json]
veda-gateway audit export --format fhir [--since TIME]

The audit trail of the gateway whose DATABASE_URL, and AUDIT_KEY_FILE or DATA_DIR, is in the environment.

  verify   checks every chain of entries from its start to its signed end; exits with 1 when something was changed or removed.
           --json prints the heads, too. Keep them elsewhere, and give them to a later verification with --heads: it then
           finds a trail that was put back to an older state as a whole
  export   prints the entries as FHIR R4 AuditEvent resources, one a line (application/fhir+ndjson)

  DATABASE_URL=postgres://… AUDIT_KEY_FILE=/run/secrets/audit veda-gateway audit verify --json > heads.json
  veda-gateway audit export --format fhir --since 2026-11-01T00:00:00Z > november.ndjson
`;

export const audit: Command = {
  help: HELP,
  async run([action, ...argv], terminal) {
    if (action === 'verify') return verify(argv, terminal);
    if (action === 'export') return exportEvents(argv, terminal);
    throw usage(
      action === undefined ? 'what to do is missing: verify or export' : `unknown action '${action}'`,
    );
  },
};

async function verify(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = { json: { type: 'boolean' }, heads: { type: 'string' } } as const;
  const { json, heads } = parseArguments(argv, options).values;
  const known = heads === undefined ? [] : await readHeads(heads);
  const key = await auditKey(parseAuditConfig(terminal.env));
  const verified = await withAudit(terminal.env, (store) => verifyAudit(store, key, known));
  const { problems, chains, entries } = verified;
  const whole = `${entries} entries in ${chains} chains, nothing changed or removed`;
  terminal.stdout.write(
    `${json ? JSON.stringify(verified) : [...problems, ...(problems.length > 0 ? [] : [whole])].join('\n')}\n`,
  );
  return problems.length > 0 ? EXIT.failed : EXIT.ok;
}

/** What `verify --json` has printed. */
async function readHeads(file: string): Promise<readonly EntryRef[]> {
  try {
    const { heads } = JSON.parse(await readFile(file, 'utf8')) as { heads: EntryRef[] };
    return heads.map(({ writer, seq, hash }) => ({ writer, seq, hash }));
  } catch {
    throw new CliError(`${file} has no heads: it must be what audit verify --json has printed`);
  }
}

async function exportEvents(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = { format: { type: 'string' }, since: { type: 'string' } } as const;
  const { format, since } = parseArguments(argv, options).values;
  oneOf('format', format ?? '', ['fhir']);
  const from = since === undefined ? new Date(0) : new Date(since);
  if (Number.isNaN(from.getTime())) throw usage('--since must be a time like 2026-11-01T00:00:00Z');
  await withAudit(terminal.env, async (store) => {
    for await (const entry of store.since(from)) {
      terminal.stdout.write(`${JSON.stringify(toFhir(entry))}\n`);
      await terminal.stdout.drained();
    }
  });
  return EXIT.ok;
}

async function withAudit<T>(
  env: NodeJS.ProcessEnv,
  work: (store: PostgresAuditStore) => Promise<T>,
): Promise<T> {
  const lifecycle = new Lifecycle();
  try {
    const database = await openDatabase(env, lifecycle);
    // One snapshot: gateways go on writing.
    return await database.transaction((transaction) => work(new PostgresAuditStore(transaction)), {
      isolationLevel: 'repeatable read',
      readOnly: true,
    });
  } finally {
    await lifecycle.stop();
  }
}
